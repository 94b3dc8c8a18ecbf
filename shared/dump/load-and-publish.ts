import { connect } from "../db/connect.ts";
import { dropTables, ensureSchema, planSet, renameAll } from "../db/publish-set.ts";
import { LiveRecords } from "./live-records.ts";
import { loadDump, type LoadDumpOptions, type LoadReport } from "./load-dump.ts";

/**
 * Loads a dump and makes it live, outside the pipeline: one RENAME moves all changed tables, so readers see the old set
 * or the new one. Tables that did not change stay where they are.
 *
 * `schemas.backup` then holds, for each table that was ever replaced, the version before the live one: a table that is
 * kept keeps the backup that it has.
 *
 * @throws as `loadDump`; nothing live was touched then
 */
export async function loadAndPublish(options: Omit<LoadDumpOptions, "known">): Promise<LoadReport> {
  const { schemas, warehouse } = options;
  const connection = await connect(warehouse);
  try {
    const records = new LiveRecords(connection, schemas.next);
    const report = await loadDump({ ...options, known: await records.read() });
    const { publish, removed } = report;
    if (publish.length + removed.length > 0) {
      await ensureSchema(connection, schemas.live);
      await ensureSchema(connection, schemas.backup);
      const renames = await planSet(connection, { schemas, tables: publish, removed });
      const replaced = renames.filter(({ to }) => to.schema === schemas.backup).map(({ to }) => to.table);
      await dropBackups(connection, schemas.backup, replaced);
      options.signal?.throwIfAborted();
      await renameAll(connection, renames);
    }
    const live = report.tables.filter(({ state }) => state !== "empty-dropped");
    await records.replace(new Map(live.map((table) => [table.name, table])));
    return report;
  } finally {
    await connection.end();
  }
}

/** A backup may be named in a foreign key of another one. */
async function dropBackups(
  connection: Awaited<ReturnType<typeof connect>>,
  schema: string,
  tables: readonly string[],
): Promise<void> {
  await connection.query("SET foreign_key_checks = 0");
  try {
    await dropTables(connection, schema, tables);
  } finally {
    await connection.query("SET foreign_key_checks = 1");
  }
}
