import type { Connection, RowDataPacket } from "mysql2/promise";
import type { LayerSchemas } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { PermanentError, TransientError } from "../errors/errors.ts";
import { LiveRecords } from "../loader/load/live-records.ts";
import { LoadSession } from "../loader/load/load-session.ts";
import { withinGrace } from "../loader/load/within-grace.ts";
import { lockSchema } from "../loader/lock-schema.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import {
  dropTables,
  ensureSchema,
  listTables,
  planSet,
  renameAll,
  type Rename,
} from "../warehouse/tables/publish-set.ts";
import { createViews, readViews } from "../warehouse/tables/views.ts";
import { quoteTable } from "../warehouse/tables/identifier.ts";
import { copySchema, type CopiedSchema, type CopiedTable, type CopyContext } from "./copy-schema.ts";
import { judgeSides, readSides, type SourceState } from "./copy-sides.ts";

/** A schema of the source; it has the same name on the target. */
export interface SchemaToCopy {
  name: string;
  /** `constantly`: the ledger, which each heartbeat changes. Its tables are copied once, each as it is at one moment. */
  changes: "by-publication" | "constantly";
}

export interface CopyProgress {
  schema: string;
  rows: number;
  /** Estimate of the source. */
  totalRows: number;
  /** Sent to the target. */
  bytes: number;
}

export interface CopyOptions {
  from: WarehouseConfig;
  to: WarehouseConfig;
  schemas: readonly SchemaToCopy[];
  /** Pairs of connections. */
  connections: number;
  /** What to do with live tables of the target that no copy made: move them to the backup schema, or refuse. */
  existing: "refuse" | "replace";
  /** Whether the source is the warehouse, or retired by a switch to this target; `open` by default. */
  sourceState?: SourceState;
  signal: AbortSignal;
  onProgress: (progress: CopyProgress) => void;
  /** Called after a step that a later copy does not repeat. */
  onStep?: () => void;
  /** Tables that changed on the source meanwhile and are copied again. */
  onRepeat: (tables: readonly string[]) => void;
}

export interface CopyReport {
  tables: readonly CopiedTable[];
  views: readonly string[];
  /** Live tables of the target that the source does not have; they are in the backup schemas. */
  removed: readonly string[];
  /** Number of times that changed tables were copied again. */
  repeats: number;
}

/** After so many rounds, a source that still changes is reported. */
const MAX_ROUNDS = 5;

/**
 * Copies the tables and views of a warehouse to another server and makes them live with one RENAME. A table that is
 * unchanged on both sides since the last copy stays. An interrupted copy continues where it stopped.
 *
 * Tables that change on the source during the copy are copied again, so that all tables are from one moment.
 *
 * @throws PermanentError COPY_* and TransientError COPY_SOURCE_CHANGED, LOAD_BUSY; the target's live tables did not change
 */
export async function copyWarehouse(options: CopyOptions): Promise<CopyReport> {
  const { from, to, signal } = options;
  const source = await connect(from);
  try {
    const target = await connect(to);
    try {
      // both are idle while the tables are copied
      for (const connection of [source, target]) await connection.query("SET SESSION wait_timeout = 86400");
      const session = await LoadSession.open(to);
      const sides = await readSides({ from, to, source, target, session }).finally(() => session.end());
      const [problem] = judgeSides(sides, options.sourceState);
      if (problem !== undefined) throw problem;
      const schemas = await present(source, options.schemas);
      for (const { name } of schemas) await lockSchema(target, name, { waitSeconds: 0, signal, onWait: undefined });
      const { server } = sides;
      return await withinGrace(signal, copyAndPublish({ ...options, schemas, source, target, server }));
    } catch (error) {
      // killed statements fail because of the stop, so the stop is the cause
      throw signal.aborted ? signal.reason : error;
    } finally {
      await endConnection(target);
    }
  } finally {
    await endConnection(source);
  }
}

/** The schemas that the source has: a new environment has not built all of them. */
async function present(source: Connection, schemas: readonly SchemaToCopy[]): Promise<SchemaToCopy[]> {
  const [rows] = await source.query<(RowDataPacket & { name: string })[]>(
    "SELECT schema_name AS name FROM information_schema.schemata",
  );
  const names = new Set(rows.map(({ name }) => name));
  return schemas.filter(({ name }) => names.has(name));
}

type Work = CopyOptions & Pick<CopyContext, "source" | "target" | "server">;

async function copyAndPublish(work: Work): Promise<CopyReport> {
  const { target, source, schemas } = work;
  await requireOwnTables(work);
  const { copied, repeats } = await copyUntilStable(work);
  const renames: Rename[] = [];
  const removed: string[] = [];
  for (const one of copied) {
    const plan = await planPublication(target, one);
    renames.push(...plan.renames);
    removed.push(...plan.removed);
  }
  work.signal.throwIfAborted();
  // before the RENAME: a copy that is killed in between finds tables that do not match their records, and repeats them
  for (const { schema, records } of copied) await new LiveRecords(target, `${schema}_next`).replace(records);
  await dropBackups(target, renames);
  await renameAll(target, renames);
  const views = await copyViews(source, target, schemas);
  return { tables: copied.flatMap(({ tables }) => tables), views, removed, repeats };
}

async function copyUntilStable(work: Work): Promise<{ copied: CopiedSchema[]; repeats: number }> {
  const found = new Map<string, CopiedSchema>();
  for (let round = 0; ; round += 1) {
    const changed: string[] = [];
    for (const { name, changes } of work.schemas) {
      const earlier = found.get(name);
      if (earlier !== undefined && changes === "constantly" && earlier.changed.length === 0) continue;
      const copied = await copySchema(contextOf(work, name), name);
      const fresh = copied.tables.filter(({ state }) => state === "copied" || state === "resumed");
      changed.push(
        ...fresh.map((table) => `${name}.${table.name}`),
        ...copied.changed.map((table) => `${name}.${table}`),
      );
      found.set(name, withEarlierStates(copied, earlier));
    }
    if (changed.length === 0) return { copied: [...found.values()], repeats: Math.max(0, round - 1) };
    if (round === MAX_ROUNDS) throw sourceChanges(changed);
    if (round > 0) work.onRepeat(changed);
  }
}

/** A table that an earlier round of this copy has finished was not taken over from another copy. */
function withEarlierStates(copied: CopiedSchema, earlier: CopiedSchema | undefined): CopiedSchema {
  const tables = copied.tables.map((table) => {
    const before = earlier?.tables.find(({ name }) => name === table.name);
    return table.state === "taken-over" && before !== undefined ? { ...table, state: before.state } : table;
  });
  return { ...copied, tables };
}

function sourceChanges(tables: readonly string[]): TransientError {
  const more = tables.length > 5 ? ` and ${tables.length - 5} more` : "";
  return new TransientError(
    "COPY_SOURCE_CHANGED",
    `the source changed during each of ${MAX_ROUNDS} copies: ${tables.slice(0, 5).join(", ")}${more}`,
    { kind: "data", advice: "Wait until the run has ended, or find out who writes; then run the same command again." },
  );
}

function contextOf(work: Work, schema: string): CopyContext {
  const { from, to, source, target, server, connections, signal } = work;
  const progress: CopyProgress = { schema, rows: 0, totalRows: 0, bytes: 0 };
  return {
    ...{ from, to, source, target, server, connections, signal },
    onTotal: (rows) => (progress.totalRows = rows),
    onStep: () => work.onStep?.(),
    onRows(rows, bytes) {
      progress.rows += rows;
      progress.bytes += bytes;
      work.onProgress({ ...progress });
    },
  };
}

/** @throws PermanentError COPY_TARGET_HAS_DATA when a live table of the target was not made by a copy */
async function requireOwnTables({ target, schemas, existing }: Work): Promise<void> {
  if (existing === "replace") return;
  for (const { name } of schemas) {
    const records = await new LiveRecords(target, `${name}_next`).read();
    const [stranger] = (await listTables(target, name)).filter((table) => !records.has(table));
    if (stranger === undefined) continue;
    throw new PermanentError("COPY_TARGET_HAS_DATA", `the target has ${name}.${stranger}, which no copy has made`, {
      kind: "target",
    });
  }
}

function schemasOfLive(live: string): LayerSchemas {
  return { live, next: `${live}_next`, backup: `${live}_backup` };
}

async function planPublication(
  target: Connection,
  { schema, tables }: CopiedSchema,
): Promise<{ renames: Rename[]; removed: string[] }> {
  const schemas = schemasOfLive(schema);
  await ensureSchema(target, schemas.live, schemas.next);
  await ensureSchema(target, schemas.backup, schemas.next);
  const names = new Set(tables.map(({ name }) => name));
  const removed = (await listTables(target, schema)).filter((name) => !names.has(name));
  const fresh = tables.filter(({ state }) => state !== "kept").map(({ name }) => name);
  return {
    renames: await planSet(target, { schemas, tables: fresh, removed }),
    removed: removed.map((name) => `${schema}.${name}`),
  };
}

/** Drops the previous backups of the tables that are replaced; foreign keys may connect them. */
async function dropBackups(target: Connection, renames: readonly Rename[]): Promise<void> {
  await target.query("SET foreign_key_checks = 0");
  for (const { to } of renames.filter(({ to }) => to.schema.endsWith("_backup"))) {
    await dropTables(target, to.schema, [to.table]);
  }
  await target.query("SET foreign_key_checks = 1");
}

async function copyViews(source: Connection, target: Connection, schemas: readonly SchemaToCopy[]): Promise<string[]> {
  const wanted: { schema: string; name: string; select: string }[] = [];
  for (const { name: schema } of schemas) {
    const views = await readViews(source, schema);
    for (const old of (await readViews(target, schema)).keys()) {
      if (!views.has(old)) await target.query(`DROP VIEW ${quoteTable(schema, old)}`);
    }
    wanted.push(...[...views].map(([name, select]) => ({ schema, name, select })));
  }
  await createViews(target, wanted);
  return wanted.map(({ schema, name }) => `${schema}.${name}`);
}
