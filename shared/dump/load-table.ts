import { quoteTable } from "../db/identifier.ts";
import { PermanentError } from "../errors/errors.ts";
import { loadDataStatement, planColumns, type ColumnPlan, type ServerColumn } from "./column-plan.ts";
import { dumpError } from "./dump-error.ts";
import type { IndexedTable, InsertShape } from "./dump-index.ts";
import type { DumpSource } from "./dump-source.ts";
import { insertPart } from "./insert-part.ts";
import type { LoadResult, LoadSession } from "./load-session.ts";
import { DefinitionFault } from "./table-definition.ts";
import { rebuildTable, type TablePlan } from "./rebuild-table.ts";
import { fieldRows } from "./row-stream.ts";
import type { ServerFacts } from "./server-facts.ts";
import { partsOf, type TablePart } from "./table-parts.ts";
import type { TableRecord, TableRecords } from "./table-records.ts";
import { readSignatures } from "./table-signature.ts";

/** What all tables of a load have in common. */
export interface LoadTarget {
  source: DumpSource;
  /** The schema that is loaded into. */
  schema: string;
  /** Default collation of that schema. */
  schemaCollation: string;
  /** Database that the dump names. */
  database: string | undefined;
  server: ServerFacts;
  records: TableRecords;
  signal: AbortSignal;
  /** Told the bytes of the dump that went to the server. */
  onBytes: (bytes: number) => void;
}

const DUPLICATE_ENTRY = 1062;
/** A key or constraint of that name is already there. */
const ALREADY_THERE = new Set([1061, 1826, 1022]);
/** Errors by which the server says that it lacks a connection or time, not that the definition is wrong. */
const PASSING = new Set([1040, 1053, 1159, 1160, 1161, 1205, 1213, 1317, 1927, 2006, 2013, 3, 28, 1021, 1114]);

/** Loads one table: makes it, fills it part by part, adds its keys, checks it, and notes that it is complete. */
export class TableLoad {
  readonly table: IndexedTable;
  private readonly target: LoadTarget;
  private readonly plan: TablePlan;
  private readonly plans = new Map<InsertShape, ColumnPlan>();
  private pending: TablePart[] = [];
  private running = 0;
  private loadedRows = 0;
  private isResumed = false;

  /** @throws PermanentError DUMP_DEFINITION when the table must not be made */
  constructor(table: IndexedTable, target: LoadTarget) {
    this.table = table;
    this.target = target;
    this.plan = planTable(table, target);
  }

  /** Bytes that are still to be loaded. */
  get pendingBytes(): number {
    return this.pending.reduce((sum, part) => sum + part.bytes, 0);
  }

  /** True while another session can help: a table with AUTO_INCREMENT takes one LOAD DATA at a time on MariaDB. */
  get canBeShared(): boolean {
    if (this.pending.length === 0 || !this.plan.isTransactional) return false;
    const counts = this.table.definition.columns.some((column) => column.isAutoIncrement);
    return !counts || this.target.server.hasInterleavedAutoIncrement;
  }

  /** True when no part is left or under way. */
  get isFilled(): boolean {
    return this.pending.length === 0 && this.running === 0;
  }

  /** Makes the table, or finds what an earlier attempt has left of it. */
  async begin(session: LoadSession): Promise<void> {
    const { records, schema } = this.target;
    const { name, contentHash } = this.table;
    const parts = partsOf(this.table);
    const done = this.plan.isTransactional
      ? await records.parts(session, name, contentHash)
      : new Map<number, number>();
    const canResume = done.size > 0 && (await this.isAsCreated(session));
    if (!canResume) {
      await session.run(`DROP TABLE IF EXISTS ${quoteTable(schema, name)}`);
      await records.forget(session, name);
      await this.create(session);
    }
    this.isResumed = canResume;
    this.pending = canResume ? parts.filter((part) => !done.has(part.number)) : parts;
    this.loadedRows = canResume ? [...done.values()].reduce((sum, rows) => sum + rows, 0) : 0;
    await this.planShapes(session, parts);
  }

  /** True when the table is there and its late keys are not. */
  private async isAsCreated(session: LoadSession): Promise<boolean> {
    const { schema } = this.target;
    const [shown] = await session
      .rows<Record<string, string>>(`SHOW CREATE TABLE ${quoteTable(schema, this.table.name)}`)
      .catch(() => []);
    const isOpen = (shown?.["Create Table"] ?? "").includes("STATS_AUTO_RECALC=0");
    return shown !== undefined && (isOpen || this.plan.finish.length === 0);
  }

  private async create(session: LoadSession): Promise<void> {
    const { offset, line, name } = this.table;
    try {
      await session.run(this.plan.create);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw dumpError(
        "DUMP_DEFINITION",
        {
          offset,
          line,
          table: name,
          found: `a definition that the server refuses: ${error.message}`,
          expected: "one that it takes",
        },
        error,
      );
    }
  }

  private async planShapes(session: LoadSession, parts: readonly TablePart[]): Promise<void> {
    const { server, schema } = this.target;
    const rows = await session.rows<{ name: string; type: string; charset: string | null }>(
      `SELECT column_name AS name, LOWER(data_type) AS type, character_set_name AS charset
        FROM information_schema.columns WHERE table_schema = ? AND table_name = ?`,
      [schema, this.table.name],
    );
    const columns = new Map<string, ServerColumn>(
      rows.map(({ name, type, charset }) => [name.toLowerCase(), { name, type, charset: charset ?? undefined }]),
    );
    for (const { shape } of parts) {
      if (!this.plans.has(shape)) this.plans.set(shape, planColumns(shape, columns, server.dialect));
    }
  }

  /** Loads the next part, if there is one; returns its bytes. */
  async loadNext(session: LoadSession): Promise<number | undefined> {
    const part = this.pending.shift();
    if (part === undefined) return undefined;
    this.running += 1;
    try {
      await this.loadPart(session, part);
    } finally {
      this.running -= 1;
    }
    return part.bytes;
  }

  private async loadPart(session: LoadSession, part: TablePart): Promise<void> {
    const { records } = this.target;
    const { name, contentHash } = this.table;
    await session.useTimeZone(part.shape.session.timeZone);
    if (!this.plan.isTransactional) {
      this.loadedRows += await this.sendPart(session, part);
      return;
    }
    await session.run("START TRANSACTION");
    const rows = await this.sendPart(session, part);
    await records.addPart(session, name, part.number, contentHash, rows);
    await session.run("COMMIT");
    this.loadedRows += rows;
  }

  private async sendPart(session: LoadSession, part: TablePart): Promise<number> {
    const { server, source, schema, signal } = this.target;
    const plan = this.plans.get(part.shape);
    if (plan === undefined) throw new TypeError(`no column plan for ${this.table.name}`);
    const { ranges, separator } = part;
    const options = { source, dialect: server.dialect, ranges, plan, separator, signal };
    const useInsert = plan.method === "insert" || !server.allowsLocalInfile;
    const result = useInsert
      ? await insertPart(session, { ...options, schema, table: this.table.name, server, onBytes: this.target.onBytes })
      : await session.loadData(
          loadDataStatement(schema, this.table.name, plan, separator),
          counted(fieldRows(options), this.target.onBytes),
          signal,
        );
    this.check(part, result);
    return result.rows;
  }

  private check(part: TablePart, result: LoadResult): void {
    const [warning] = result.warnings;
    const { name } = this.table;
    const offset = part.ranges[0]?.start ?? this.table.offset;
    if (warning !== undefined || result.warningCount > 0) {
      const said = result.warnings.map(({ code, message }) => `${message} (${code})`).join("; ");
      throw dumpError(warning?.code === DUPLICATE_ENTRY ? "DUMP_DUPLICATE_KEY" : "DUMP_DATA", {
        offset,
        table: name,
        found: `${result.warningCount} rows or values that the server does not take as they are: ${said}`,
        expected: "values that fit their columns",
        advice: "Nothing was made live. Repair the rows at the source, or the definition they don't fit.",
      });
    }
    if (result.rows !== part.rows) {
      throw new PermanentError("LOAD_ROW_COUNT", `${name}: the server took ${result.rows} of ${part.rows} rows`, {
        kind: "data",
        advice: "Nothing was made live. Run again with --verify and report it.",
      });
    }
  }

  /** Adds keys, checks the number of rows, brings statistics up to date and notes the table as complete. */
  async finish(session: LoadSession): Promise<TableRecord> {
    const { schema, records } = this.target;
    const { name, contentHash, rows, bytes } = this.table;
    if (this.loadedRows !== rows) {
      throw new PermanentError("LOAD_ROW_COUNT", `${name}: ${this.loadedRows} rows are in, the dump has ${rows}`, {
        kind: "data",
        advice: "Nothing was made live. Run again with --no-skip; if it stays, report it.",
      });
    }
    for (const statement of this.plan.finish) await this.alter(session, statement);
    if (this.plan.isTransactional && rows > 0) {
      await session.rows(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${quoteTable(schema, name)}`);
    }
    const signatures = await readSignatures(session, schema, [name]);
    const record = { contentHash, rows, bytes, signature: signatures.get(name) ?? "" };
    await records.addWhole(session, name, record);
    return record;
  }

  private async alter(session: LoadSession, statement: string): Promise<void> {
    try {
      const { warningStatus } = await session.run(statement);
      if (warningStatus > 0) await this.checkAlterWarnings(session);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // the attempt that died had come so far
      if (this.isResumed && ALREADY_THERE.has(errnoOf(error) ?? 0)) return;
      const isDuplicate = errnoOf(error) === DUPLICATE_ENTRY;
      const { offset, line, name } = this.table;
      throw dumpError(
        isDuplicate ? "DUMP_DUPLICATE_KEY" : "DUMP_DEFINITION",
        {
          offset,
          line,
          table: name,
          found: `keys that the server refuses: ${error.message}`,
          expected: "keys that fit the rows",
        },
        error,
      );
    }
  }

  private async checkAlterWarnings(session: LoadSession): Promise<void> {
    const [warning] = await session.rows<{ Level: string; Message: string; Code: number }>("SHOW WARNINGS LIMIT 1");
    // keys that repeat another one are the dump's own affair
    if (warning === undefined || warning.Code === 1831 || warning.Level === "Note") return;
    const { offset, line, name } = this.table;
    throw dumpError("DUMP_DATA", {
      offset,
      line,
      table: name,
      found: `a warning when keys were added: ${warning.Message} (${warning.Code})`,
      expected: "none",
    });
  }
}

function planTable(table: IndexedTable, target: LoadTarget): TablePlan {
  const { schema, schemaCollation, database, server } = target;
  try {
    return rebuildTable(table.definition, {
      schema,
      database,
      collations: { known: server.collations, schemaDefault: schemaCollation },
    });
  } catch (error) {
    if (!(error instanceof DefinitionFault)) throw error;
    throw dumpError("DUMP_DEFINITION", {
      offset: table.offset,
      line: table.line,
      table: table.name,
      found: error.message,
      expected: error.expected,
    });
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}

function errnoOf(error: Error): number | undefined {
  return "errno" in error && typeof error.errno === "number" ? error.errno : undefined;
}

/** True when the server itself says no, and would say it again. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const errno = errnoOf(error);
  return errno !== undefined && errno > 0 && !PASSING.has(errno);
}
