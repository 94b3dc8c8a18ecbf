import type { Connection } from "mysql2/promise";
import { PermanentError } from "../errors/errors.ts";
import { DefinitionFault } from "../loader/definitions/definition-reader.ts";
import { rebuildTable, type TablePlan } from "../loader/definitions/rebuild-table.ts";
import type { TableDefinition } from "../loader/definitions/table-definition.ts";
import { HARMLESS_WARNINGS } from "../loader/load/harmless-warnings.ts";
import { isRefusal } from "../loader/load/is-refusal.ts";
import type { LoadResult, LoadSession } from "../loader/load/load-session.ts";
import { readDefinition } from "../loader/load/make-table.ts";
import type { ServerFacts } from "../loader/load/server-facts.ts";
import type { TableRecord, TableRecords } from "../loader/load/table-records.ts";
import { readSignatures } from "../loader/load/table-signature.ts";
import { errnoOf } from "../warehouse/connection/errno-of.ts";
import { splitTable, type KeyRange } from "../warehouse/ranges/key-range.ts";
import type { TableShape } from "../warehouse/ranges/table-shape.ts";
import { quoteTable } from "../warehouse/tables/identifier.ts";
import { loadStatement, selectStatement } from "./copied-columns.ts";
import { RowReader } from "./read-rows.ts";
import { parseShownTable } from "./read-definition.ts";

/** Always the same number, so that a later copy finds the ranges of an earlier one. */
const ROWS_PER_RANGE = 50_000;
/** Up to this size, an ALTER TABLE takes longer than the keys of the rows. */
const SMALL_TABLE_BYTES = 1024 * 1024;
/** A key or constraint with this name exists. */
const EXISTS = new Set([1061, 1826, 1022]);

/** The connections of a worker. */
export interface CopyPair {
  source: LoadSession;
  target: LoadSession;
}

/** Settings shared by the tables of a schema. */
export interface CopyTarget {
  /** The schema that is filled. */
  next: string;
  /** Default collation of that schema. */
  schemaCollation: string;
  server: ServerFacts;
  records: TableRecords;
  signal: AbortSignal;
  /** Receives the numbers of rows and bytes after each piece. */
  onRows: (rows: number, bytes: number) => void;
  /** Called when a range or a whole table is recorded, which a later copy does not repeat. */
  onStep: () => void;
}

/** A table of the source. */
export interface SourceTable {
  shape: TableShape;
  /** SHOW CREATE TABLE. */
  definition: string;
  /** See `readSourceHashes`. */
  hash: string;
}

/** Copies one table: creates it, copies its rows range by range, adds its keys, checks it and records it as complete. */
export class TableCopy {
  readonly source: SourceTable;
  /** True when an earlier copy left ranges that are used. */
  isResumed = false;
  private readonly target: CopyTarget;
  private readonly plan: TablePlan;
  private readonly hasCounter: boolean;
  private pending: { number: number; range: KeyRange }[] = [];
  private running = 0;
  private rows = 0;

  /** @throws PermanentError COPY_DEFINITION when the target cannot have the table */
  constructor(source: SourceTable, target: CopyTarget) {
    this.source = source;
    this.target = target;
    const { plan, hasCounter } = planTable(source, target);
    this.plan = plan;
    this.hasCounter = hasCounter;
  }

  get name(): string {
    return this.source.shape.table;
  }

  /** Collations that the target lacks, with the ones used instead. */
  get replaced(): ReadonlyMap<string, string> {
    return this.plan.replaced;
  }

  get hasForeignKeys(): boolean {
    return this.plan.addForeignKeys !== undefined;
  }

  /** True while another worker can help: MariaDB runs one LOAD DATA at a time on a table with AUTO_INCREMENT. */
  get canBeShared(): boolean {
    return this.pending.length > 0 && (!this.hasCounter || this.target.server.hasInterleavedAutoIncrement);
  }

  /** True when no range is pending or running. */
  get isFilled(): boolean {
    return this.pending.length === 0 && this.running === 0;
  }

  /** Creates the table, or keeps what an earlier copy of the unchanged table left. */
  async create(session: LoadSession, existing: ReadonlySet<string>): Promise<void> {
    const { records, next } = this.target;
    const { name, source } = this;
    if (existing.has(name)) {
      const definition = await readDefinition(session, next, name);
      const done = await records.parts(session, name, source.hash);
      const isOpen = this.plan.addKeys.length === 0 || definition?.includes("STATS_AUTO_RECALC=0") === true;
      this.isResumed = done.size > 0 && isOpen;
      if (this.isResumed) return;
      await session.run(`DROP TABLE ${quoteTable(next, name)}`);
      await records.forget(session, [name]);
    }
    try {
      await session.run(this.plan.create);
    } catch (error) {
      if (!isRefusal(error) && !isKeyRequired(error)) throw error;
      throw definitionError(source.shape, error.message, error);
    }
  }

  /** Finds the ranges that are missing. @param source with Baton's session settings */
  async begin(source: Connection, session: LoadSession): Promise<void> {
    const ranges = await splitTable(source, this.source.shape, ROWS_PER_RANGE);
    const done = await this.target.records.parts(session, this.name, this.source.hash);
    this.rows = [...done.values()].reduce((sum, rows) => sum + rows, 0);
    this.target.onRows(this.rows, 0);
    this.pending = ranges.map((range, number) => ({ range, number })).filter(({ number }) => !done.has(number));
  }

  /** Copies the next range; false when there is none. */
  async copyNext(pair: CopyPair): Promise<boolean> {
    const part = this.pending.shift();
    if (part === undefined) return false;
    this.running += 1;
    try {
      const rows = await this.copyRange(pair, part);
      this.rows += rows;
    } finally {
      this.running -= 1;
    }
    return true;
  }

  private async copyRange(
    { source, target: session }: CopyPair,
    { number, range }: { number: number; range: KeyRange },
  ): Promise<number> {
    const { target, name } = this;
    const { shape, hash } = this.source;
    await session.run("START TRANSACTION");
    const reader = new RowReader(source.connection, asBytes(selectStatement(shape, range)));
    const result = await session
      .loadData(loadStatement(shape, target.next), this.counted(reader), target.signal)
      .catch((error: unknown) => {
        if (reader.failure !== undefined || !isRefusal(error)) throw reader.failure ?? error;
        throw dataError(shape, `${error.message}${this.collationNote()}`, error);
      });
    this.checkResult(result, reader.rows);
    await target.records.addPart(session, { table: name, part: number, contentHash: hash, rows: result.rows });
    await session.run("COMMIT");
    target.onStep();
    return result.rows;
  }

  private async *counted(reader: RowReader): AsyncGenerator<Buffer> {
    let rows = 0;
    for await (const chunk of reader) {
      yield chunk;
      this.target.onRows(reader.rows - rows, chunk.length);
      rows = reader.rows;
    }
    this.target.onRows(reader.rows - rows, 0);
  }

  private checkResult({ rows, warnings, warningCount }: LoadResult, sent: number): void {
    const serious = warnings.find(({ code }) => !HARMLESS_WARNINGS.has(code));
    if (serious !== undefined) throw dataError(this.source.shape, `${serious.message} (${serious.code})`);
    if (rows !== sent || warningCount > warnings.length) {
      throw dataError(this.source.shape, `it stored ${rows} of ${sent} rows, with ${warningCount} warnings`);
    }
  }

  private collationNote(): string {
    const replaced = [...this.replaced].map(([from, to]) => `${from} became ${to}`);
    return replaced.length === 0 ? "" : `; collations that it lacks: ${replaced.join(", ")}`;
  }

  /** Adds keys, updates statistics, counts the rows and records the table as complete. */
  async finish(session: LoadSession): Promise<TableRecord> {
    const { next, records } = this.target;
    const table = quoteTable(next, this.name);
    for (const statement of this.plan.addKeys) await this.alter(session, statement);
    if (this.plan.addKeys.length > 0) await session.rows(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${table}`);
    const [count] = await session.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
    if (Number(count?.n) !== this.rows) {
      throw dataError(this.source.shape, `it has ${count?.n ?? 0} rows, and ${this.rows} were copied`);
    }
    const signature = (await readSignatures(session, next, [this.name])).get(this.name) ?? "";
    const record = { contentHash: this.source.hash, rows: this.rows, bytes: this.source.shape.bytes, signature };
    if (!this.hasForeignKeys) await records.markComplete(session, [[this.name, record]]);
    this.target.onStep();
    return record;
  }

  /** Adds the foreign keys, after all tables have their keys, and records the table as complete. */
  async addForeignKeys(session: LoadSession, record: TableRecord): Promise<TableRecord> {
    if (this.plan.addForeignKeys === undefined) return record;
    await this.alter(session, this.plan.addForeignKeys);
    const signature = (await readSignatures(session, this.target.next, [this.name])).get(this.name) ?? "";
    const complete = { ...record, signature };
    await this.target.records.markComplete(session, [[this.name, complete]]);
    return complete;
  }

  private async alter(session: LoadSession, statement: string): Promise<void> {
    try {
      await session.run(statement);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // an earlier copy may have added it
      if (this.isResumed && EXISTS.has(errnoOf(error) ?? 0)) return;
      throw dataError(this.source.shape, `${error.message}${this.collationNote()}`, error);
    }
  }
}

/**
 * Plans the statements that create a table on the target.
 *
 * @throws PermanentError COPY_DEFINITION
 */
export function planTable(
  { shape, definition }: Pick<SourceTable, "shape" | "definition">,
  { server, next, schemaCollation }: Pick<CopyTarget, "server" | "next" | "schemaCollation">,
): { plan: TablePlan; hasCounter: boolean } {
  return withFaults(shape, () => {
    const parsed = parseShownTable(definition, server.dialect);
    const foreign = shape.columns.find(({ type }) => lacksType(server.dialect, type));
    if (foreign !== undefined) {
      throw new DefinitionFault(`column ${foreign.name} of type ${foreign.type}`, "a type that the server has");
    }
    if (server.lowersNames && shape.table !== shape.table.toLowerCase()) {
      throw new DefinitionFault("capital letters in its name", "lower case: the target has lower_case_table_names=1");
    }
    if (parsed.columns.some(({ source }) => source === "row-version") || isVersioned(parsed)) {
      throw new DefinitionFault("row versions, whose times a copy would change", "a table without SYSTEM VERSIONING");
    }
    const plan = rebuildTable(parsed, {
      schema: next,
      database: shape.schema,
      collations: { known: server.collations, schemaDefault: schemaCollation },
      product: server.dialect.product,
      keys: shape.bytes <= SMALL_TABLE_BYTES ? "before-rows" : "after-rows",
    });
    return { plan, hasCounter: parsed.columns.some((column) => column.isAutoIncrement) };
  });
}

const MARIADB_ONLY = new Set(["uuid", "inet4", "inet6"]);
/** MariaDB has vectors since 11.7. */
const VECTOR_SINCE = 110_700;

/** Types that Baton reads and that only some servers have. */
function lacksType({ product, version }: ServerFacts["dialect"], type: string): boolean {
  if (product === "mysql") return MARIADB_ONLY.has(type);
  return type === "vector" && version < VECTOR_SINCE;
}

/** The server's `sql_require_primary_key` refuses the table. */
function isKeyRequired(error: unknown): error is Error {
  return errnoOf(error) === 3750;
}

function isVersioned({ options }: TableDefinition): boolean {
  return options.some(({ name }) => name === "VERSIONING");
}

function withFaults<T>(shape: TableShape, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DefinitionFault)) throw error;
    throw definitionError(shape, `found ${error.message}, expected ${error.expected}`, error);
  }
}

function definitionError({ schema, table }: TableShape, found: string, cause?: unknown): PermanentError {
  return new PermanentError("COPY_DEFINITION", `the target cannot have ${schema}.${table}: ${found}`, {
    kind: "target",
    cause,
    subjects: [`${schema}.${table}`],
  });
}

function dataError({ schema, table }: TableShape, found: string, cause?: unknown): PermanentError {
  return new PermanentError(
    "COPY_DATA",
    `the target does not take the rows of ${schema}.${table} as they are: ${found}`,
    {
      kind: "data",
      cause,
      subjects: [`${schema}.${table}`],
    },
  );
}

/** A string whose characters are the UTF-8 bytes of `text`, which a connection of `LoadSession` sends unchanged. */
function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
