import type { S3Client } from "@aws-sdk/client-s3";
import type { LayerSchemas } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { quoteName, quoteTable } from "../warehouse/tables/identifier.ts";
import { mapCollation } from "./definitions/collation-map.ts";
import type { DatabaseDefaults } from "./index/classify-statement.ts";
import { countBlanks } from "./index/count-blanks.ts";
import type { ColumnBlanks, DumpIndex, IndexedTable } from "./index/dump-index.ts";
import type { DumpSource } from "./source/dump-source.ts";
import { indexPass, type ExpectedDump } from "./index/index-pass.ts";
import type { ServerDialect } from "./lexer/dialect.ts";
import { dropLeftovers } from "./load/drop-leftovers.ts";
import { IndexRecords } from "./load/index-records.ts";
import { killSessions } from "./load/kill-sessions.ts";
import { loadPass, type TableEvent } from "./load/load-pass.ts";
import { planLoad, withOnly, type TableDecision } from "./load/load-plan.ts";
import { LoadSession } from "./load/load-session.ts";
import { TableLoad } from "./load/load-table.ts";
import { openSource, type DumpLocation } from "./source/open-source.ts";
import { readServerFacts } from "./load/server-facts.ts";
import { NOTES_TABLE, OWN_TABLES } from "./definitions/own-tables.ts";
import { TableRecords, type TableRecord } from "./load/table-records.ts";
import { asRecorded, readSignatures, signaturesToRecord } from "./load/table-signature.ts";
import { verifyTables } from "./verify/verify-tables.ts";
import { withinGrace } from "./load/within-grace.ts";

/** The outcome of the load for a table of the dump. */
type TableState = "loaded" | "kept" | "empty-dropped" | "empty-preserved";

/** A table of the dump and the outcome of the load for it. */
export interface LoadedTable extends TableRecord {
  name: string;
  state: TableState;
  /** True when an earlier, unfinished attempt already loaded the table. */
  isTakenOver: boolean;
  /** Blank values in its rows, by column name in lower case; columns that the server fills itself are left out. */
  blanks: ReadonlyMap<string, ColumnBlanks>;
}

/** The result of a load; nothing is live yet. */
export interface LoadReport {
  dump: {
    /** Path or URL. */
    name: string;
    /** Of the object as stored. */
    bytes: number;
  };
  /** Rows and bytes of the plain dump. */
  rows: number;
  bytes: number;
  /** Number of allowed warnings of the server; all others are errors. */
  warnings: number;
  /** Statements that were not executed, by kind: views, triggers, SET and so on. */
  skipped: Readonly<Record<string, number>>;
  /** In the order of the dump. */
  tables: readonly LoadedTable[];
  /** Names of the tables in `schemas.next` that a publication makes live. */
  publish: readonly string[];
  /** Live tables that are missing or empty in the dump: a publication moves them to the backup. */
  removed: readonly string[];
}

/** The progress of a load. */
export interface LoadProgress {
  phase: "index" | "load" | "verify";
  /** Bytes of the uncompressed dump read (index) or sent to the server (load). */
  bytes: number;
  totalBytes: number;
  tables: number;
  totalTables: number;
  rows: number;
}

/** Input of a load. */
export interface LoadDumpOptions {
  /** Path, or `s3://bucket/key`; uncompressed, gzip or zstd. */
  location: DumpLocation;
  s3?: S3Client | undefined;
  /** Properties from the manifest, which are checked while the dump streams. */
  expected?: ExpectedDump | undefined;
  /** `anywhere` also accepts a dump without the comment that ends it. */
  mayEnd?: "when-marked" | "anywhere" | undefined;
  /** Checks the content of the dump before anything is loaded; throws to reject it. */
  accept?: ((index: DumpIndex) => void) | undefined;
  warehouse: WarehouseConfig;
  /** Tables are created in `next`; `live` is only read. */
  schemas: LayerSchemas;
  /**
   * Records of the live tables from their publication, by name. Tables that match the dump and their record are not
   * loaded.
   */
  known?: ReadonlyMap<string, TableRecord> | undefined;
  /**
   * Tables to load; all by default. Tables that foreign keys connect with them are loaded too, and all others stay as
   * they are.
   */
  only?: readonly string[] | undefined;
  /** Empty tables that are created anyway; `*` for all. */
  preserveEmpty?: readonly string[] | undefined;
  /** Number of loading connections, 3 by default. */
  connections?: number | undefined;
  /** `force` loads every table, even if it is live or already loaded. */
  skip?: "unchanged" | "force" | undefined;
  /** `rows` compares every value in the tables, including unchanged ones, with the dump. */
  verify?: "counts" | "rows" | undefined;
  /** Folder for the uncompressed copy of a compressed dump. */
  spoolDir?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Time by which the load must have stopped. */
  deadline?: Date | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  onTable?: ((event: TableEvent) => void) | undefined;
}

const DEFAULT_CONNECTIONS = 3;
const DEFAULT_COLLATION = "utf8mb4_unicode_ci";

/**
 * Loads a dump into `schemas.next` without changing the live tables: index pass, plan, parallel load, checks. The
 * caller publishes `report.publish` and `report.removed` with one RENAME (`planSet`, `renameAll`).
 *
 * A later call for the same dump continues where this one stopped: the schema records the loaded tables and parts.
 *
 * @throws PermanentError DUMP_* when the dump is not valid, with byte offset, line and table
 * @throws PermanentError LOAD_ROW_COUNT, LOAD_VERIFY when the loaded tables differ from the dump
 * @throws TransientError LOAD_TIME_BUDGET at the deadline: call again for the rest
 * @see docs/decisions/loader/012, 013 and 049
 */
export async function loadDump(options: LoadDumpOptions): Promise<LoadReport> {
  const { signal, s3, spoolDir, warehouse } = options;
  const abort = new AbortController();
  const onAbort = (): void => abort.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const source = await openSource(options.location, { s3, spoolDir, signal: abort.signal });
    try {
      const session = await LoadSession.open(warehouse);
      const onStop = (): void => void killSessions(warehouse, [session]);
      try {
        abort.signal.throwIfAborted();
        abort.signal.addEventListener("abort", onStop, { once: true });
        return await withinGrace(abort.signal, loadSource(source, session, abort, options));
      } catch (error) {
        // killed statements fail because of the stop, so the stop is the cause
        throw signal?.aborted === true ? signal.reason : error;
      } finally {
        abort.signal.removeEventListener("abort", onStop);
        await session.end();
      }
    } finally {
      await source.close();
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function loadSource(
  source: DumpSource,
  session: LoadSession,
  abort: AbortController,
  options: LoadDumpOptions,
): Promise<LoadReport> {
  const { warehouse } = options;
  const server = await readServerFacts(session);
  const progress = progressOf(options, source.bytes);
  const stored = await storedIndex(source, session, server.dialect, options);
  // the server describes the live tables while this process reads the dump, whose errors come first
  const known = options.skip === "force" ? noRecords : (options.known ?? noRecords);
  const signatures = readSignatures(session, options.schemas.live, [...known.keys()]);
  signatures.catch(() => undefined);
  const whole =
    stored.found ??
    (await indexPass(source, {
      dialect: server.dialect,
      expected: options.expected,
      mayEnd: options.mayEnd,
      signal: abort.signal,
      onProgress: progress.indexed,
    }));
  options.accept?.(whole);
  const index = options.only === undefined ? whole : withOnly(whole, options.only);
  const records = new TableRecords(options.schemas.next);
  const schemaCollation = await prepareNext(session, options.schemas, index.defaults ?? {}, server.collations);
  await records.prepare(session);
  if (stored.found === undefined) await stored.records?.write(session, whole);
  const decisions = await decide(session, index, records, { known, signatures: await signatures }, options);
  const { next } = options.schemas;
  const started = await dropLeftovers(
    session,
    { next, records },
    {
      present: await tableNames(session, next),
      used: new Set([...OWN_TABLES, ...namesWith(decisions, ["load", "loaded-before", "make-empty"])]),
    },
  );
  const target = {
    source,
    schema: options.schemas.next,
    schemaCollation,
    database: index.database,
    server,
    records,
    started,
    signal: abort.signal,
    onBytes: progress.sent,
  };
  const loads = decisions.flatMap(({ table, decision }) =>
    decision === "load" || decision === "make-empty" ? [new TableLoad(table, target)] : [],
  );
  progress.start(loads);
  const loaded = await loadPass(loads, {
    warehouse,
    connections: options.connections ?? DEFAULT_CONNECTIONS,
    abort,
    deadline: options.deadline,
    onTable: progress.table,
  });
  const publish = namesWith(decisions, ["load", "loaded-before", "make-empty"]);
  if (options.verify === "rows") {
    const { live, next } = options.schemas;
    const chosen = decisions.flatMap(({ table, decision }) =>
      decision === "drop" ? [] : [{ table, schema: decision === "keep" ? live : next }],
    );
    progress.compare(chosen.map(({ table }) => table));
    await verifyTables(chosen, {
      target,
      scratch: `${live}_verify`,
      warehouse,
      connections: options.connections ?? DEFAULT_CONNECTIONS,
      onBytes: progress.sent,
      onTable: progress.compared,
    });
  }
  const published = index.tables.filter(({ name }) => publish.includes(name));
  const earlier = decisions.flatMap((one) => ("record" in one ? [[one.table.name, one.record] as const] : []));
  const complete = [...earlier, ...loaded].map(([name, { signature }]) => [name, signature] as const);
  const recorded = await signaturesToRecord(session, options.schemas.next, published, new Map(complete));
  await stored.records?.remove(session);
  const tables = decisions.map((decision) => describe(decision, recorded));
  return {
    dump: { name: source.name, bytes: source.storedBytes },
    rows: index.rows,
    bytes: index.bytes,
    warnings: loads.reduce((sum, load) => sum + load.warnings, 0),
    skipped: index.skipped,
    tables,
    publish,
    removed: await findRemoved(session, decisions, options),
  };
}

interface StoredIndex {
  /** Undefined without a time limit: the load is not expected to continue in another attempt. */
  records: IndexRecords | undefined;
  /** The index that an earlier attempt stored for this dump. */
  found: DumpIndex | undefined;
}

async function storedIndex(
  source: DumpSource,
  session: LoadSession,
  dialect: ServerDialect,
  { schemas, mayEnd, deadline, expected }: LoadDumpOptions,
): Promise<StoredIndex> {
  if (deadline === undefined) return { records: undefined, found: undefined };
  const { name, bytes, storedBytes, version } = source;
  const records = await IndexRecords.open(schemas.next, {
    name,
    bytes,
    storedBytes,
    version,
    dialect,
    mayEnd,
    expected,
  });
  return { records, found: await records.read(session) };
}

/**
 * Creates the schema to load into, with the defaults of the live one; returns its collation. A live schema that does
 * not exist yet gets the defaults of the dump's CREATE DATABASE, as with the stock client.
 */
async function prepareNext(
  session: LoadSession,
  { live, next }: LayerSchemas,
  { charset, collation }: Partial<DatabaseDefaults>,
  collations: ReadonlySet<string>,
): Promise<string> {
  const read = async (schema: string): Promise<string | undefined> =>
    (
      await session.rows<{ collation: string }>(
        "SELECT default_collation_name AS collation FROM information_schema.schemata WHERE schema_name = ?",
        [schema],
      )
    )[0]?.collation;
  const named = collation ?? (charset === undefined ? DEFAULT_COLLATION : undefined);
  const wanted =
    (await read(live)) ?? (named && mapCollation(named, { known: collations, schemaDefault: DEFAULT_COLLATION }));
  const found = await read(next);
  const defaults = wanted === undefined ? `CHARACTER SET ${quoteName(charset ?? "utf8mb4")}` : `COLLATE ${wanted}`;
  if (found === undefined) await session.run(`CREATE DATABASE IF NOT EXISTS ${quoteName(next)} DEFAULT ${defaults}`);
  else if (found !== wanted) await session.run(`ALTER DATABASE ${quoteName(next)} DEFAULT ${defaults}`);
  const result = (await read(next)) ?? DEFAULT_COLLATION;
  // tables of an earlier attempt have the earlier collation
  if (found !== undefined && found !== result)
    await session.run(`DROP TABLE IF EXISTS ${quoteTable(next, NOTES_TABLE)}`);
  return result;
}

const noRecords: ReadonlyMap<string, TableRecord> = new Map();

async function decide(
  session: LoadSession,
  index: DumpIndex,
  records: TableRecords,
  live: { known: ReadonlyMap<string, TableRecord>; signatures: ReadonlyMap<string, string> },
  options: LoadDumpOptions,
): Promise<TableDecision[]> {
  const { schemas } = options;
  const preserveEmpty = options.preserveEmpty ?? [];
  const isForced = options.skip === "force";
  const candidates = (known: ReadonlyMap<string, TableRecord>): Map<string, TableRecord> =>
    new Map(
      index.tables.flatMap(({ name, contentHash }) => {
        const record = known.get(name);
        return record?.contentHash === contentHash && !isForced ? [[name, record] as const] : [];
      }),
    );
  const kept = await asRecorded(session, schemas.live, candidates(live.known), "differs", live.signatures);
  const next = await asRecorded(session, schemas.next, candidates(await records.whole(session)), "rows-counted");
  return planLoad({ index, live: kept, next, preserveEmpty });
}

async function findRemoved(
  session: LoadSession,
  decisions: readonly TableDecision[],
  { schemas, only }: LoadDumpOptions,
): Promise<string[]> {
  const wanted = new Set(namesWith(decisions, ["load", "loaded-before", "make-empty", "keep"]));
  const dropped = new Set(namesWith(decisions, ["drop"]));
  const isRemoved = (name: string): boolean => (only === undefined ? !wanted.has(name) : dropped.has(name));
  return (await tableNames(session, schemas.live)).filter(isRemoved);
}

async function tableNames(session: LoadSession, schema: string): Promise<string[]> {
  const rows = await session.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

function namesWith(decisions: readonly TableDecision[], wanted: readonly TableDecision["decision"][]): string[] {
  return decisions.filter(({ decision }) => wanted.includes(decision)).map(({ table }) => table.name);
}

function describe(decided: TableDecision, signatures: ReadonlyMap<string, string>): LoadedTable {
  const { name, rows, bytes, contentHash, definition, shapes } = decided.table;
  const signature = signatures.get(name) ?? ("record" in decided ? decided.record.signature : "");
  const isTakenOver = decided.decision === "loaded-before";
  return {
    name,
    rows,
    bytes,
    contentHash,
    signature,
    state: stateOf(decided),
    isTakenOver,
    blanks: countBlanks(definition, shapes),
  };
}

function stateOf({ decision, table }: TableDecision): TableState {
  switch (decision) {
    case "keep":
      return "kept";
    case "drop":
      return "empty-dropped";
    case "make-empty":
      return "empty-preserved";
    case "load":
    case "loaded-before":
      return table.rows === 0 ? "empty-preserved" : "loaded";
  }
}

interface ProgressSinks {
  indexed: (bytes: number) => void;
  start: (loads: readonly TableLoad[]) => void;
  sent: (bytes: number) => void;
  table: (event: TableEvent) => void;
  compare: (tables: readonly IndexedTable[]) => void;
  compared: () => void;
}

function progressOf(options: LoadDumpOptions, totalBytes: number): ProgressSinks {
  const state: LoadProgress = { phase: "index", bytes: 0, totalBytes, tables: 0, totalTables: 0, rows: 0 };
  const report = (change: Partial<LoadProgress>): void => {
    Object.assign(state, change);
    options.onProgress?.({ ...state });
  };
  return {
    indexed: (bytes) => report({ bytes }),
    start(loads) {
      const bytes = loads.reduce((sum, { table }) => sum + table.bytes, 0);
      report({ phase: "load", bytes: 0, totalBytes: bytes, totalTables: loads.length });
    },
    sent: (bytes) => report({ bytes: state.bytes + bytes }),
    compare(tables) {
      const totalBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
      report({ phase: "verify", bytes: 0, totalBytes, tables: 0, totalTables: tables.length });
    },
    compared: () => report({ tables: state.tables + 1 }),
    table(event) {
      if (event.state === "loaded") report({ tables: state.tables + 1, rows: state.rows + event.record.rows });
      options.onTable?.(event);
    },
  };
}
