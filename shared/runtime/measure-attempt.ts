import type { LayerStats } from "../../events/schemas.ts";
import { unknownPattern } from "../errors/patterns.ts";
import { readWorkStart } from "../ledger/reads/read-work-start.ts";
import { metrics } from "../observability/observability.ts";
import type { AttemptPorts } from "./run-attempt.ts";

/** How an attempt ended. */
export type AttemptEnd =
  | { kind: "completed"; stats: LayerStats }
  /** `pattern`: name of the error pattern. */
  | { kind: "retrying" | "failed"; pattern: string };

/** Emits what is counted at the end of an attempt, also as 0: a graph without a line means that nothing ran. */
export async function measureAttempt(
  { ledger, key, startedAt, logger }: Pick<AttemptPorts, "ledger" | "key" | "startedAt" | "logger">,
  end: AttemptEnd,
): Promise<void> {
  metrics.add("RetryCount", end.kind === "retrying" ? 1 : 0);
  metrics.add("UnknownErrors", end.kind !== "completed" && end.pattern === unknownPattern.name ? 1 : 0);
  if (end.kind === "retrying") return;
  metrics.add("LayerSuccess", end.kind === "completed" ? 1 : 0);
  metrics.add("LayerFailure", end.kind === "failed" ? 1 : 0);
  const workStart = await readWorkStart(ledger.pool, key).catch((error: unknown) => {
    logger.warn("the layer's start could not be read for its duration", { error: String(error) });
    return undefined;
  });
  metrics.add("LayerDuration", Date.now() - (workStart ?? startedAt).getTime());
  if (end.kind !== "completed") return;
  metrics.add("RowsLoaded", end.stats.rows);
  metrics.add("BytesLoaded", end.stats.bytes);
}
