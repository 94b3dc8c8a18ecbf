import { requestHandler } from "../../shared/answers/request-handler.ts";
import { migrateEnvironmentSchema } from "./migrate-environment.ts";
import { migrate } from "./migrate.ts";

/** Share of its time that a call uses: above 90 %, the alarm `time-limit` would go on. */
const USED_SHARE = 0.85;

/** Carries out commands of `baton migrate` where a laptop cannot reach the servers. */
export const handler = requestHandler("migrate", migrateEnvironmentSchema, (message, { remainingMs, ...ports }) => {
  const stopAt = Date.now() + remainingMs * USED_SHARE;
  return migrate(message, { ...ports, mustStop: () => Date.now() > stopAt });
});
