import type { Connection, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { endPredecessors } from "../ledger/claims/end-predecessors.ts";
import { mapCollation } from "../loader/definitions/collation-map.ts";
import { LIVE_TABLE, NOTES_TABLE } from "../loader/definitions/own-tables.ts";
import { killSessions } from "../loader/load/kill-sessions.ts";
import { LiveRecords } from "../loader/load/live-records.ts";
import { LoadSession } from "../loader/load/load-session.ts";
import { readDefinition } from "../loader/load/make-table.ts";
import type { ServerFacts } from "../loader/load/server-facts.ts";
import { TableRecords, type TableRecord } from "../loader/load/table-records.ts";
import { asRecorded } from "../loader/load/table-signature.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { errnoOf } from "../warehouse/connection/errno-of.ts";
import { readTableShapes } from "../warehouse/ranges/table-shape.ts";
import { quoteName } from "../warehouse/tables/identifier.ts";
import { dropLeftovers } from "../loader/load/drop-leftovers.ts";
import { listTables } from "../warehouse/tables/publish-set.ts";
import { TableCopy, type CopyPair, type CopyTarget, type SourceTable } from "./copy-table.ts";
import { readSourceHashes } from "./source-signatures.ts";

/** The table or a column was renamed or dropped, or the definition changed during the query. */
const CHANGED = new Set([1146, 1054, 1412]);
const DEFAULT_COLLATION = "utf8mb4_unicode_ci";

/** What a copy did with a table. */
type CopyState =
  /** All its rows were copied. */
  | "copied"
  /** Ranges of an earlier, interrupted copy were used. */
  | "resumed"
  /** An earlier, interrupted copy had finished it. */
  | "taken-over"
  /** The live table of the target is unchanged since the last copy, and so is the source's. */
  | "kept";

export interface CopiedTable {
  schema: string;
  name: string;
  rows: number;
  bytes: number;
  state: CopyState;
}

/** A schema whose tables are in `<schema>_next` or unchanged in the live schema. */
export interface CopiedSchema {
  schema: string;
  tables: readonly CopiedTable[];
  /** Tables that changed on the source while they were copied, and are not whole. */
  changed: readonly string[];
  /** Records of all tables, by name, for the live schema. */
  records: ReadonlyMap<string, TableRecord>;
}

/** What all schemas of a copy share. */
export interface CopyContext {
  from: WarehouseConfig;
  to: WarehouseConfig;
  /** Reads the source. */
  source: Connection;
  /** Holds the locks of the target's schemas. */
  target: Connection;
  server: ServerFacts;
  connections: number;
  signal: AbortSignal;
  onTotal: (rows: number) => void;
  onRows: CopyTarget["onRows"];
  onStep: CopyTarget["onStep"];
}

/** Copies the tables of a schema into `<schema>_next` on the target, unless they are there or live already. */
export async function copySchema(context: CopyContext, schema: string): Promise<CopiedSchema> {
  const { from, to, signal } = context;
  const next = `${schema}_next`;
  // sessions that outlive this process are found by their default schema
  const pairs = new Pairs(from, { ...to, defaultSchema: next }, signal);
  const schemaCollation = await prepareNext(context, schema);
  await endPredecessors(context.target, next);
  try {
    const first = await pairs.open();
    const tables = await readTables(context, first.source, schema);
    const records = new TableRecords(next);
    await records.prepare(first.target);
    const known = await new LiveRecords(context.target, next).read();
    const kept = await asRecorded(first.target, schema, matching(known, tables), "differs");
    const whole = await asRecorded(
      first.target,
      next,
      matching(await records.whole(first.target), tables),
      "rows-counted",
    );
    const rest = tables.filter(({ shape }) => !kept.has(shape.table) && !whole.has(shape.table));
    const { server, onRows, onStep } = context;
    const target = { next, schemaCollation, server, records, signal, onRows, onStep };
    const copies = rest.map((table) => new TableCopy(table, target));
    context.onTotal(rest.reduce((sum, { shape }) => sum + shape.rows, 0));
    const existing = await dropLeftovers(
      first.target,
      { next, records },
      {
        present: (await listTables(context.target, next)).filter((name) => name !== NOTES_TABLE && name !== LIVE_TABLE),
        used: new Set([...whole.keys(), ...rest.map(({ shape }) => shape.table)]),
      },
    );
    // every definition is accepted before the first row
    for (const copy of copies) await copy.create(first.target, existing);
    const pass = new CopyPass(copies, context, pairs);
    await pass.run();
    const stateOf = (name: string): CopyState => {
      if (kept.has(name)) return "kept";
      if (whole.has(name)) return "taken-over";
      return copies.some((copy) => copy.name === name && copy.isResumed) ? "resumed" : "copied";
    };
    const all = new Map([...kept, ...whole, ...pass.records]);
    return {
      schema,
      tables: [...all].map(([name, { rows, bytes }]) => ({ schema, name, rows, bytes, state: stateOf(name) })),
      changed: [...pass.changed],
      records: all,
    };
  } finally {
    await pairs.end();
  }
}

function matching(records: ReadonlyMap<string, TableRecord>, tables: readonly SourceTable[]): Map<string, TableRecord> {
  return new Map(
    tables.flatMap(({ shape, hash }) => {
      const record = records.get(shape.table);
      return record?.contentHash === hash ? [[shape.table, record] as const] : [];
    }),
  );
}

/** Reads the source's tables as they are now, the largest first. */
export async function readTables(
  { source }: Pick<CopyContext, "source">,
  session: LoadSession,
  schema: string,
): Promise<SourceTable[]> {
  const shapes = [...(await readTableShapes(source, schema)).values()];
  const present = shapes.filter(({ table }) => table !== NOTES_TABLE && table !== LIVE_TABLE);
  const sized = present.map(({ table, bytes }) => ({ name: table, bytes }));
  const hashes = await readSourceHashes(session, schema, sized);
  const tables: SourceTable[] = [];
  for (const shape of present) {
    const definition = await readDefinition(session, schema, shape.table);
    const hash = hashes.get(shape.table);
    if (definition !== undefined && hash !== undefined) tables.push({ shape, definition, hash });
  }
  return tables.sort((one, other) => other.shape.bytes - one.shape.bytes);
}

/** Creates the schema to fill, with the source's default collation where the target has it. */
async function prepareNext({ source, target, server }: CopyContext, schema: string): Promise<string> {
  const next = `${schema}_next`;
  const collation = await targetCollation(source, schema, server);
  await target.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(next)} DEFAULT COLLATE ${collation}`);
  return (await readCollation(target, next)) ?? collation;
}

/** The default collation of a schema on the target: the source's where the target has it. */
export async function targetCollation(source: Connection, schema: string, server: ServerFacts): Promise<string> {
  const own = (await readCollation(source, schema)) ?? DEFAULT_COLLATION;
  return mapCollation(own, { known: server.collations, schemaDefault: DEFAULT_COLLATION }) ?? DEFAULT_COLLATION;
}

async function readCollation(connection: Connection, schema: string): Promise<string | undefined> {
  const [[row]] = await connection.query<(RowDataPacket & { collation: string })[]>(
    "SELECT default_collation_name AS collation FROM information_schema.schemata WHERE schema_name = ?",
    [schema],
  );
  return row?.collation;
}

/** Connections in pairs, all killed on the servers when the copy is stopped. */
class Pairs {
  private readonly opened: CopyPair[] = [];
  private readonly from: WarehouseConfig;
  private readonly to: WarehouseConfig;
  private readonly signal: AbortSignal;

  constructor(from: WarehouseConfig, to: WarehouseConfig, signal: AbortSignal) {
    this.from = from;
    this.to = to;
    this.signal = signal;
    signal.addEventListener("abort", this.onAbort, { once: true });
  }

  async open(): Promise<CopyPair> {
    const source = await LoadSession.open(this.from);
    try {
      const pair = { source, target: await LoadSession.open(this.to) };
      this.opened.push(pair);
      this.signal.throwIfAborted();
      return pair;
    } catch (error) {
      source.destroy();
      throw error;
    }
  }

  private readonly onAbort = (): void => {
    void killSessions(
      this.from,
      this.opened.map(({ source }) => source),
    );
    void killSessions(
      this.to,
      this.opened.map(({ target }) => target),
    );
  };

  /** A source that still sends rows is not waited for. */
  async end(): Promise<void> {
    this.signal.removeEventListener("abort", this.onAbort);
    for (const { source } of this.opened) source.destroy();
    await Promise.all(this.opened.map(({ target }) => target.end()));
  }
}

/** Copies tables over several pairs of connections; the first failure stops all. */
class CopyPass {
  readonly records = new Map<string, TableRecord>();
  readonly changed = new Set<string>();
  private readonly waiting: TableCopy[];
  private readonly underway = new Set<TableCopy>();
  private readonly withForeignKeys: { copy: TableCopy; record: TableRecord }[] = [];
  private readonly context: CopyContext;
  private readonly pairs: Pairs;
  private failure: { error: unknown } | undefined;

  constructor(copies: readonly TableCopy[], context: CopyContext, pairs: Pairs) {
    this.waiting = [...copies];
    this.context = context;
    this.pairs = pairs;
  }

  async run(): Promise<void> {
    const count = Math.min(this.context.connections, this.waiting.length * 2);
    await Promise.all(Array.from({ length: count }, () => this.work()));
    const { signal } = this.context;
    signal.throwIfAborted();
    if (this.failure !== undefined) throw this.failure.error;
    if (this.withForeignKeys.length === 0) return;
    const pair = await this.pairs.open();
    for (const { copy, record } of this.withForeignKeys) {
      this.records.set(copy.name, await copy.addForeignKeys(pair.target, record));
    }
  }

  /** Never throws: the first failure is recorded. */
  private async work(): Promise<void> {
    let reader: Connection | undefined;
    try {
      const pair = await this.pairs.open();
      reader = await connect(this.context.from);
      while (this.failure === undefined && (await this.takeTurn(pair, reader)));
    } catch (error) {
      this.failure ??= { error };
    } finally {
      if (reader !== undefined) await endConnection(reader);
    }
  }

  /** Starts a waiting table, or helps with one that is being copied; false when there is no work. */
  private async takeTurn(pair: CopyPair, reader: Connection): Promise<boolean> {
    const copy = this.waiting.shift();
    const shared = copy ?? [...this.underway].find((other) => other.canBeShared);
    if (shared === undefined) return false;
    try {
      if (copy !== undefined) {
        await copy.begin(reader, pair.target);
        this.underway.add(copy);
      }
      await this.fill(pair, shared);
    } catch (error) {
      if (!CHANGED.has(errnoOf(error) ?? 0)) throw error;
      this.changed.add(shared.name);
      this.underway.delete(shared);
      await pair.target.run("ROLLBACK");
    }
    return true;
  }

  /** Copies ranges until none is left; the worker of the last range finishes the table. */
  private async fill(pair: CopyPair, copy: TableCopy): Promise<void> {
    while (this.failure === undefined && this.underway.has(copy) && (await copy.copyNext(pair)));
    if (!copy.isFilled || this.failure !== undefined || !this.underway.delete(copy)) return;
    const record = await copy.finish(pair.target);
    if (copy.hasForeignKeys) this.withForeignKeys.push({ copy, record });
    else this.records.set(copy.name, record);
  }
}
