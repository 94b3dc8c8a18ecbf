import { randomUUID } from "node:crypto";
import { migrationKey } from "../../shared/copy/migration-key.ts";
import type { MigrationReport, MigrationRequest } from "../../shared/copy/run-migration.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { openBus } from "../stage/open-bus.ts";
import { UsageError } from "../usage-error.ts";
import { requestAnswer } from "./request-answer.ts";

/**
 * Lets the function `migrate` of an environment carry out a command, and shows its progress on stderr.
 *
 * @throws UsageError when the flags name servers, and the errors of `requestAnswer`
 */
export async function remoteMigration(
  request: MigrationRequest,
  { from, to, schemaPrefix }: { from?: string; to?: string; schemaPrefix: string },
  { stage }: { stage: string },
): Promise<MigrationReport> {
  if (from !== undefined || to !== undefined || schemaPrefix !== "") {
    throw new UsageError(
      "--remote moves between the servers of the environment's configuration",
      "Leave out --from, --to and --schema-prefix, and deploy with migrateFrom and migrateTo: docs/migrate.md",
    );
  }
  const id = randomUUID();
  return requestAnswer<"MigrationRequested", MigrationReport>(await openBus(stage), {
    type: "MigrationRequested",
    ...{ id, data: request, name: "migrate", key: migrationKey(id) },
    onInterrupt: `the function continues: ${commandFor(stage, "logs migrate --follow")}`,
  });
}
