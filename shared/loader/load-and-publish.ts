import type { Connection } from "mysql2/promise";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { dropTables, ensureSchema, planSet, renameAll } from "../warehouse/tables/publish-set.ts";
import { killSessions } from "./load/kill-sessions.ts";
import { LiveRecords } from "./load/live-records.ts";
import { loadDump, type LoadDumpOptions, type LoadReport } from "./load-dump.ts";
import { withinGrace } from "./load/within-grace.ts";

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
  const { schemas, warehouse, signal } = options;
  const connection = await connect(warehouse);
  try {
    const records = new LiveRecords(connection, schemas.next);
    const known = await withinGrace(signal, records.read());
    const report = await loadDump({ ...options, known });
    await publish(connection, report, options);
    const live = report.tables.filter(({ state }) => state !== "empty-dropped");
    await records.replace(new Map(live.map((table) => [table.name, table])));
    return report;
  } finally {
    await endConnection(connection);
  }
}

/** Until the RENAME is done, a stop ends it: it may wait for readers for long. */
async function publish(
  connection: Connection,
  { publish: tables, removed }: LoadReport,
  { schemas, warehouse, signal }: Pick<LoadDumpOptions, "schemas" | "warehouse" | "signal">,
): Promise<void> {
  if (tables.length + removed.length === 0) return;
  const onStop = (): void => void killSessions(warehouse, [connection.threadId]);
  const work = async (): Promise<void> => {
    await ensureSchema(connection, schemas.live);
    await ensureSchema(connection, schemas.backup);
    const renames = await planSet(connection, { schemas, tables, removed });
    const replaced = renames.filter(({ to }) => to.schema === schemas.backup).map(({ to }) => to.table);
    await dropBackups(connection, schemas.backup, replaced);
    signal?.throwIfAborted();
    await renameAll(connection, renames);
  };
  signal?.throwIfAborted();
  signal?.addEventListener("abort", onStop, { once: true });
  try {
    await withinGrace(signal, work());
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", onStop);
  }
}

/** A backup may be named in a foreign key of another one. */
async function dropBackups(connection: Connection, schema: string, tables: readonly string[]): Promise<void> {
  await connection.query("SET foreign_key_checks = 0");
  try {
    await dropTables(connection, schema, tables);
  } finally {
    await connection.query("SET foreign_key_checks = 1");
  }
}
