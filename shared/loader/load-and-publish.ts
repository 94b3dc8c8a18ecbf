import type { Connection, RowDataPacket } from "mysql2/promise";
import { PermanentError } from "../errors/errors.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { dropTables, ensureSchema, planSet, renameAll } from "../warehouse/tables/publish-set.ts";
import { endPredecessors } from "../ledger/claims/end-predecessors.ts";
import { killSessions } from "./load/kill-sessions.ts";
import { LiveRecords } from "./load/live-records.ts";
import { loadDump, type LoadDumpOptions, type LoadReport } from "./load-dump.ts";
import { lockSchema, type LockSchemaOptions } from "./lock-schema.ts";
import { withinGrace } from "./load/within-grace.ts";

interface LoadAndPublishOptions extends Omit<LoadDumpOptions, "known"> {
  /** How long to wait while another load or a pipeline run holds the schema; 0 by default. */
  waitSeconds?: number | undefined;
  onWait?: LockSchemaOptions["onWait"];
}

/**
 * Loads a dump and publishes it, outside the pipeline. One RENAME moves all changed tables, so readers see either the
 * old set or the new one. Unchanged tables stay in place.
 *
 * `schemas.backup` then holds the previous version of each table that was ever replaced; an unchanged table keeps its
 * existing backup.
 *
 * @throws the errors of `loadDump`, and TransientError LOAD_BUSY; the live tables did not change
 */
export async function loadAndPublish(options: LoadAndPublishOptions): Promise<LoadReport> {
  const { schemas, warehouse, signal } = options;
  const connection = await connect(warehouse);
  try {
    const { waitSeconds = 0, onWait } = options;
    await withinGrace(signal, lockSchema(connection, schemas.live, { waitSeconds, signal, onWait }));
    await ensureSchema(connection, schemas.next);
    await withinGrace(signal, endPredecessors(connection, schemas.next));
    const records = new LiveRecords(connection, schemas.next);
    const known = await withinGrace(signal, records.read());
    // later loads find sessions that outlive this process by their default schema
    const report = await loadDump({ ...options, known, warehouse: { ...warehouse, defaultSchema: schemas.next } });
    await publish(connection, report, options);
    await checkReferences(connection, schemas.live);
    const live = report.tables.filter(({ state }) => state !== "empty-dropped");
    const unselected = options.only === undefined ? [] : [...known].filter(([name]) => !report.removed.includes(name));
    await records.replace(new Map([...unselected, ...live.map((table) => [table.name, table] as const)]));
    return report;
  } finally {
    await endConnection(connection);
  }
}

/** A stop ends the publication until the RENAME is done, because the RENAME may wait for readers for a long time. */
async function publish(
  connection: Connection,
  { publish: tables, removed }: LoadReport,
  { schemas, warehouse, signal }: Pick<LoadDumpOptions, "schemas" | "warehouse" | "signal">,
): Promise<void> {
  if (tables.length + removed.length === 0) return;
  const onStop = (): void => void killSessions(warehouse, [connection]);
  const work = async (): Promise<void> => {
    await ensureSchema(connection, schemas.live, schemas.next);
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

/**
 * Finds foreign keys of live tables that refer to another schema, which older versions can leave behind.
 *
 * @throws PermanentError LOAD_REFERENCES; the new tables are live
 */
export async function checkReferences(connection: Connection, live: string): Promise<void> {
  const [found] = await connection.query<(RowDataPacket & { name: string; child: string; parent: string })[]>(
    `SELECT constraint_name AS name, table_name AS child, unique_constraint_schema AS parent
      FROM information_schema.referential_constraints
      WHERE constraint_schema = ? AND unique_constraint_schema <> constraint_schema`,
    [live],
  );
  if (found.length === 0) return;
  const keys = found.map(({ name, child, parent }) => `${name} of ${child} refers to ${parent}`).join("; ");
  throw new PermanentError("LOAD_REFERENCES", `foreign keys leave ${live}: ${keys}`, {
    kind: "target",
    advice:
      "The tables are live. Load the dump again with --no-skip, which creates the foreign keys again within the schema.",
  });
}

/** Drops backups whose foreign keys may refer to each other. */
async function dropBackups(connection: Connection, schema: string, tables: readonly string[]): Promise<void> {
  await connection.query("SET foreign_key_checks = 0");
  try {
    await dropTables(connection, schema, tables);
  } finally {
    await connection.query("SET foreign_key_checks = 1");
  }
}
