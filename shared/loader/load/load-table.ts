import { errnoOf } from "../../warehouse/connection/errno-of.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { PermanentError } from "../../errors/errors.ts";
import { loadDataStatement, planColumns, type ColumnPlan, type ServerColumn } from "./column-plan.ts";
import { dumpError } from "../lexer/dump-error.ts";
import type { IndexedTable, InsertShape } from "../index/dump-index.ts";
import type { DumpSource } from "../source/dump-source.ts";
import { insertPart, InsertRefused } from "./insert-part.ts";
import { HARMLESS_WARNINGS } from "./harmless-warnings.ts";
import { isRefusal } from "./is-refusal.ts";
import type { LoadResult, LoadSession } from "./load-session.ts";
import { DefinitionFault } from "../definitions/table-definition.ts";
import { rebuildTable, type TablePlan } from "../definitions/rebuild-table.ts";
import { fieldRows } from "./row-stream.ts";
import { DUPLICATE_ENTRY, rowsError } from "./rows-error.ts";
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

/** Up to here an ALTER TABLE, with its many writes to disk, takes longer than keys that grow with the rows. */
const SMALL_TABLE_BYTES = 1024 * 1024;
const NO_SUCH_TABLE = 1146;
/** A key or constraint of that name is already there. */
const ALREADY_THERE = new Set([1061, 1826, 1022]);

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
  private isKeyed = false;
  private allowedWarnings = 0;

  /** @throws PermanentError DUMP_DEFINITION when the table must not be made */
  constructor(table: IndexedTable, target: LoadTarget) {
    this.table = table;
    this.target = target;
    this.plan = planTable(table, target);
  }

  /** Warnings of the server so far that tell of no loss. */
  get warnings(): number {
    return this.allowedWarnings;
  }

  /** Bytes that are still to be loaded. */
  get pendingBytes(): number {
    return this.pending.reduce((sum, part) => sum + part.bytes, 0);
  }

  /** True while another session can help: a table with AUTO_INCREMENT takes one LOAD DATA at a time on MariaDB. */
  get canBeShared(): boolean {
    if (this.pending.length === 0 || !this.plan.isTransactional) return false;
    if ([...this.plans.values()].some((plan) => plan.isNumbered)) return false;
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
    const definition = await this.readDefinition(session);
    this.isKeyed = definition !== undefined && (await records.isKeyed(session, name, contentHash));
    this.isResumed = this.isKeyed || (done.size > 0 && this.isOpenForRows(definition));
    if (!this.isResumed) {
      // costs as many writes to disk as making a table, there or not
      if (definition !== undefined) await session.run(`DROP TABLE ${quoteTable(schema, name)}`);
      await records.forget(session, name);
      await this.create(session);
    }
    if (this.isKeyed) return;
    this.pending = this.isResumed ? parts.filter((part) => !done.has(part.number)) : parts;
    this.loadedRows = this.isResumed ? [...done.values()].reduce((sum, rows) => sum + rows, 0) : 0;
    await this.planShapes(session, parts);
  }

  /** Makes the table and fills it, without keys and notes: for a comparison only. */
  async loadForComparison(session: LoadSession): Promise<void> {
    await this.create(session);
    const parts = partsOf(this.table);
    await this.planShapes(session, parts);
    for (const part of parts) {
      await session.useTimeZone(part.shape.session.timeZone);
      await this.sendPart(session, part);
    }
  }

  private async readDefinition(session: LoadSession): Promise<string | undefined> {
    try {
      const [shown] = await session.rows<{ "Create Table": string }>(
        `SHOW CREATE TABLE ${quoteTable(this.target.schema, this.table.name)}`,
      );
      return shown?.["Create Table"];
    } catch (error) {
      if (errnoOf(error) === NO_SUCH_TABLE) return undefined;
      throw error;
    }
  }

  /** True while the late keys are not there: they come together with the table's own setting for statistics. */
  private isOpenForRows(definition: string | undefined): boolean {
    if (definition === undefined) return false;
    return this.plan.addKeys.length === 0 || definition.includes("STATS_AUTO_RECALC=0");
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
    const rows = await session.rows<{ name: string; type: string; charset: string | null; extra: string }>(
      `SELECT column_name AS name, LOWER(data_type) AS type, character_set_name AS charset, extra AS extra
        FROM information_schema.columns WHERE table_schema = ? AND table_name = ?`,
      [schema, this.table.name],
    );
    const columns = new Map<string, ServerColumn>(
      rows.map(({ name, type, charset, extra }) => [
        name.toLowerCase(),
        {
          name,
          type,
          charset: charset ?? undefined,
          isAutoIncrement: /auto_increment/i.test(extra),
          isGenerated: /\b(?:stored|virtual) generated/i.test(extra),
        },
      ]),
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
    const { onBytes } = this.target;
    const { name } = this.table;
    const useInsert = plan.method === "insert" || !server.allowsLocalInfile;
    const loading = useInsert
      ? insertPart(session, { ...options, schema, table: name, server, onBytes })
      : session.loadData(
          loadDataStatement(schema, name, plan, separator),
          counted(fieldRows(options), onBytes),
          signal,
        );
    const result = await loading.catch((error: unknown) => this.refuseRows(part, error));
    this.check(part, result);
    return result.rows;
  }

  /** Turns the server's refusal of rows into a fault of the dump; throws what else went wrong as it is. */
  private refuseRows(part: TablePart, error: unknown): never {
    const cause = error instanceof InsertRefused ? error.cause : error;
    if (!isRefusal(cause)) throw cause;
    const warning = { level: "Error", code: errnoOf(cause) ?? 0, message: cause.message };
    throw rowsError(this.table.name, part, [warning], error instanceof InsertRefused ? error.rowsBefore : 0, cause);
  }

  private check(part: TablePart, result: LoadResult): void {
    const { name } = this.table;
    const serious = result.warnings.filter(({ code }) => !HARMLESS_WARNINGS.has(code));
    // of very many warnings the server shows only the first
    const isUnseen = result.warningCount > result.warnings.length;
    if (serious.length > 0 || isUnseen) throw rowsError(name, part, serious.length > 0 ? serious : result.warnings, 0);
    this.allowedWarnings += result.warningCount;
    if (result.rows !== part.rows) {
      throw new PermanentError("LOAD_ROW_COUNT", `${name}: the server took ${result.rows} of ${part.rows} rows`, {
        kind: "data",
        advice: "Nothing was made live. Run again with --verify and report it.",
      });
    }
  }

  /**
   * Checks the number of rows, adds keys, brings statistics up to date, and notes the table as complete.
   *
   * @returns undefined when foreign keys are still missing
   */
  async addKeys(session: LoadSession): Promise<TableRecord | undefined> {
    const { schema, records } = this.target;
    const { name, contentHash, rows } = this.table;
    const isOpen = this.plan.addForeignKeys !== undefined;
    if (!this.isKeyed) {
      if (this.loadedRows !== rows) {
        throw new PermanentError("LOAD_ROW_COUNT", `${name}: ${this.loadedRows} rows are in, the dump has ${rows}`, {
          kind: "data",
          advice: "Nothing was made live. Run again with --no-skip; if it stays, report it.",
        });
      }
      for (const statement of this.plan.addKeys) await this.alter(session, statement);
      if (this.plan.isTransactional && rows > 0) {
        await session.rows(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${quoteTable(schema, name)}`);
      }
      if (isOpen) await records.addKeyed(session, name, contentHash, rows);
    }
    return isOpen ? undefined : this.noteWhole(session);
  }

  /** Adds the foreign keys, when every table that they point to has its keys, and notes the table as complete. */
  async addForeignKeys(session: LoadSession): Promise<TableRecord> {
    const statement = this.plan.addForeignKeys;
    if (statement !== undefined && !(await this.hasForeignKeys(session))) await this.alter(session, statement);
    return this.noteWhole(session);
  }

  private async hasForeignKeys(session: LoadSession): Promise<boolean> {
    const [count] = await session.rows<{ n: number }>(
      `SELECT COUNT(*) AS n FROM information_schema.table_constraints
        WHERE constraint_schema = ? AND table_name = ? AND constraint_type = 'FOREIGN KEY'`,
      [this.target.schema, this.table.name],
    );
    return Number(count?.n) > 0;
  }

  private async noteWhole(session: LoadSession): Promise<TableRecord> {
    const { schema, records } = this.target;
    const { name, contentHash, rows, bytes } = this.table;
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
    const warnings = await session.rows<{ Message: string; Code: number }>("SHOW WARNINGS");
    const warning = warnings.find(({ Code }) => !HARMLESS_WARNINGS.has(Code));
    this.allowedWarnings += warnings.length;
    if (warning === undefined) return;
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
      product: server.dialect.product,
      keys: table.bytes <= SMALL_TABLE_BYTES ? "before-rows" : "after-rows",
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
