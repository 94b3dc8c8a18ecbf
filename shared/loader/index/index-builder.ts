import {
  parseAlterTable,
  parseCreateIndex,
  sameName,
  withAddition,
  type TableAddition,
} from "../definitions/alter-table.ts";
import { classifyStatement, type DatabaseDefaults, type Verdict } from "./classify-statement.ts";
import { ContentHash } from "./content-hash.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import { decodeText } from "../lexer/decode-text.ts";
import { dumpError, type DumpFault } from "../lexer/dump-error.ts";
import type { DumpIndex, IndexedTable, InsertShape } from "./dump-index.ts";
import { RowRanges } from "./row-ranges.ts";
import { SessionState, type SessionSettings } from "./session-state.ts";
import { shownSql } from "../lexer/shown-sql.ts";
import {
  StatementScanner,
  type Insert,
  type InsertHead,
  type Statement,
  type StatementHandler,
} from "../lexer/statement-scanner.ts";
import { DefinitionFault } from "../definitions/definition-reader.ts";
import type { ForeignKeyDefinition } from "../definitions/foreign-key.ts";
import { parseTableDefinition, type TableDefinition } from "../definitions/table-definition.ts";
import { TokenReader } from "../lexer/token-reader.ts";
import { ValueTally } from "../lexer/value-tally.ts";
import type { ValuesTarget } from "../lexer/values-lexer.ts";

/** A table while its rows are read. */
interface TableUnderway extends Omit<IndexedTable, "ranges" | "shapes" | "contentHash"> {
  ranges: RowRanges;
  shapes: InsertShape[];
  /** Shape of the rows that were last added to the hash. */
  lastShape: InsertShape | undefined;
  hash: ContentHash;
}

/** From this version, MySQL creates a foreign key for the REFERENCES clause of a column. */
const MYSQL_WITH_INLINE_REFERENCES = 90_000;

/** Each table takes memory and several statements; 20,000 take minutes. */
const MAX_TABLES = 5_000;
/** @see MySQL Reference Manual, "InnoDB Limits" */
const MAX_COLUMNS = 1_017;

const HEADER = /^(?:MySQL|MariaDB) dump (\d+)\.(\d+)/;
/** From this version of the program, a dump with comments ends with a comment that says that it is complete. */
const MARKED_SINCE = 1_011;
const TRAILER = /^Dump completed/;
/** What a dump program prints on stderr; 2>&1 puts it into the dump. */
const PROGRAM_MESSAGE = /^(mysqldump|mysqlpump|mysql|mariadb-dump|mariadb|Warning):? /i;
/** First bytes of files that are no dump, hex. */
const FORMATS: readonly (readonly [hex: string, name: string])[] = [
  ["504b0304", "a zip archive"],
  ["425a68", "a bzip2 file"],
  ["fd377a585a00", "an xz file"],
  ["377abcaf271c", "a 7z archive"],
  ["04224d18", "an lz4 file"],
  ["5047444d50", "a dump of PostgreSQL"],
  ["53514c69746520666f726d61742033", "a database of SQLite"],
];
/** The word `ustar` in the header of a tar archive. */
const TAR = { at: 257, word: "ustar" };

/** Builds the index of a dump from its bytes. */
export class IndexBuilder implements StatementHandler {
  private readonly dialect: ServerDialect;
  private readonly mayEnd: "when-marked" | "anywhere";
  private readonly scanner: StatementScanner;
  private readonly session = new SessionState();
  private readonly tables = new Map<string, TableUnderway>();
  private readonly skipped: Record<string, number> = {};
  private database: string | undefined;
  /** The database whose tables this dump holds. */
  private owner: string | undefined;
  /** Defaults of the databases that the dump creates. */
  private readonly defaults = new Map<string, DatabaseDefaults>();
  private bytes = 0;
  /** Version of the dump program, 1011 for 10.11; undefined when the dump has no header. */
  private program: number | undefined;
  private hasTrailer = false;
  private openLock: Statement | undefined;
  private underway: { table: TableUnderway; shape: InsertShape } | undefined;
  private lastHead: Buffer | undefined;
  /** The table whose last range the next INSERT may extend. */
  private extending: TableUnderway | undefined;
  /** Tables with a trigger on INSERT, which the loader does not run. */
  private readonly triggered = new Set<string>();

  /** @param mayEnd `anywhere` also accepts a dump without the comment that ends it */
  constructor(dialect: ServerDialect, mayEnd: "when-marked" | "anywhere" = "when-marked") {
    this.dialect = dialect;
    this.mayEnd = mayEnd;
    this.scanner = new StatementScanner(dialect, this);
  }

  /** Table of the statement that is being read. */
  get table(): string | undefined {
    return this.underway?.table.name;
  }

  /** Reads the next bytes of the dump, in chunks of any size. */
  feed(chunk: Buffer): void {
    if (this.bytes === 0) checkStart(chunk);
    this.bytes += chunk.length;
    this.scanner.feed(chunk);
  }

  /**
   * Ends the dump and returns its index.
   *
   * @throws PermanentError DUMP_TRUNCATED, DUMP_DEFINITION
   */
  finish(): DumpIndex {
    this.underway = undefined;
    this.scanner.end();
    this.checkEnd();
    const tables = [...this.tables.values()].map((table): IndexedTable => {
      const { name, offset, line, rows, bytes, shapes } = table;
      const definition = this.withParents(table);
      for (const kind of definition.dropped) this.skip(kind);
      const [{ ranges }, contentHash] = [table.ranges, table.hash.digest()];
      return { name, definition, offset, line, rows, bytes, ranges, contentHash, shapes };
    });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const { bytes, owner: database, skipped } = this;
    return { bytes, database, defaults: this.defaults.get(database ?? ""), tables, rows, skipped };
  }

  /**
   * Drops foreign keys to tables that the dump does not have: the reference would point to the replaced table and move
   * out of the live schema with it. The content hash covers this, so the table is loaded again when a dump has its
   * parent.
   */
  private withParents({ definition, hash }: TableUnderway): TableDefinition {
    const { product, version } = this.dialect;
    const isIgnored = product === "mysql" && version < MYSQL_WITH_INLINE_REFERENCES;
    // a key to another database is not dropped here, but rejected later
    const hasParent = ({ database, table }: ForeignKeyDefinition["references"]): boolean =>
      this.tables.has(table) || (database !== undefined && database !== this.owner);
    const foreignKeys = definition.foreignKeys.filter(
      ({ references, isInline }) => hasParent(references) && !(isInline && isIgnored),
    );
    const orphans = definition.foreignKeys.filter((key) => !foreignKeys.includes(key));
    if (orphans.length === 0) return definition;
    hash.addText(`without foreign keys to ${orphans.map(({ references }) => references.table).join(",")}`);
    const dropped = [...definition.dropped, ...orphans.map(() => "foreign key without its table")];
    return { ...definition, foreignKeys, dropped };
  }

  private checkEnd(): void {
    const expected = this.missingEnd();
    const found = "the end of the dump";
    const truncated = "The dump is truncated: ask the source for a new one. If it is complete, ";
    if (expected !== undefined) {
      const advice = `${truncated}add the missing part.`;
      throw dumpError("DUMP_TRUNCATED", { offset: this.bytes, found, expected, advice });
    }
    const { program, session } = this;
    if (program === undefined || this.hasTrailer || this.mayEnd === "anywhere") return;
    const isOld = program < MARKED_SINCE;
    // the settings that it restores show the end of an old dump
    if (isOld && session.hasSaved) return;
    throw dumpError("DUMP_TRUNCATED", {
      offset: this.bytes,
      found: isOld ? `${found}, which mysqldump 4.1 and early 5.0 do not mark` : found,
      expected: "the comment `-- Dump completed` that a dump with comments ends with",
      advice: isOld ? `Compare its end with the source, then load it with ${FLAG}.` : `${truncated}add ${FLAG}.`,
    });
  }

  /** Describes what is missing at the end of the dump; undefined when nothing is known to be missing. */
  private missingEnd(): string | undefined {
    if (this.openLock !== undefined) return "UNLOCK TABLES";
    const { delimiter } = this.scanner;
    if (delimiter !== ";") return `\`DELIMITER ;\` after DELIMITER ${delimiter}`;
    const { unrestored } = this.session;
    if (unrestored !== undefined) return `a SET that restores ${unrestored}, which the dump has saved`;
    return undefined;
  }

  comment(text: string): void {
    const [, major, minor] = HEADER.exec(text) ?? [];
    if (major !== undefined) this.program = Number(major) * 100 + Number(minor);
    if (TRAILER.test(text)) this.hasTrailer = true;
  }

  statement(statement: Statement): void {
    this.underway = undefined;
    this.extending?.ranges.interrupt();
    this.extending = undefined;
    const text = statement.text.toString("utf8");
    if (text.trim() === "") return;
    this.act(classifyStatement(text), statement, text);
  }

  private act(verdict: Verdict, statement: Statement, text: string): void {
    switch (verdict.action) {
      case "create-table":
        return this.createTable(statement);
      case "alter-table":
        return this.addToTable(statement, parseAlterTable);
      case "create-index":
        return this.addToTable(statement, parseCreateIndex);
      case "set":
        this.session.apply(text);
        return this.skip("set");
      case "use":
        this.database = verdict.database;
        return this.skip("use");
      case "lock":
        this.openLock = statement;
        return this.skip("lock tables");
      case "unlock":
        this.openLock = undefined;
        return this.skip("unlock tables");
      case "drop-table":
        return this.dropTables(statement, text);
      case "create-database":
        this.defaults.set(verdict.database, verdict.defaults);
        return this.skip("create database");
      case "drop-database":
        if (this.tables.size > 0) this.refuse(statement, text, "DROP DATABASE after tables of the dump");
        return this.skip("drop database");
      case "empty-table":
        if (this.find(statement, verdict.table, verdict.database).rows > 0)
          this.refuse(statement, text, `${verdict.kind} of rows of the dump`);
        return this.skip(verdict.kind);
      case "insert-trigger":
        this.triggered.add(verdict.table);
        return this.skip("trigger");
      case "skip":
        return this.skip(verdict.kind);
      case "forbid":
        return this.refuse(statement, text, verdict.kind);
      case "unknown":
        fail("DUMP_STATEMENT_UNKNOWN", statement, unknownStatement(text));
    }
  }

  private skip(kind: string): void {
    this.skipped[kind] = (this.skipped[kind] ?? 0) + 1;
  }

  private refuse(statement: Statement, text: string, kind: string): never {
    fail("DUMP_STATEMENT_FORBIDDEN", statement, {
      found: `${kind}: \`${shownSql(text)}\``,
      expected: "CREATE TABLE, INSERT of rows, and what goes with them in a dump",
      advice: "The loader never executes such a statement. Create a dump without it.",
    });
  }

  /** Decodes the text of a definition from the dump's character set. */
  private decode(statement: Statement): string {
    const { current, problem } = this.session;
    if (problem !== undefined) fail(problem.code, statement, problem);
    const { charset } = current;
    const text = decodeText(statement.text, charset);
    if (text !== undefined) return text;
    fail("DUMP_ENCODING", statement, {
      found: `names or a definition that are not valid ${charset}`,
      expected: `${charset}, or SET NAMES before it`,
    });
  }

  private createTable(statement: Statement): void {
    const text = this.decode(statement);
    const definition = this.parse(statement, () => parseTableDefinition(text));
    const { table: name } = definition;
    this.checkDatabase(statement, definition.database ?? this.database, name);
    const existing = this.tables.get(name);
    if (existing !== undefined) {
      if (/^\s*CREATE\s+TABLE\s+IF\s+NOT\s+EXISTS/i.test(text)) return this.skip("create table if not exists");
      fail("DUMP_TABLE_TWICE", statement, {
        table: name,
        found: `a second CREATE TABLE; the first is at byte ${existing.offset} (line ${existing.line})`,
        expected: "each table once",
      });
    }
    const columns = definition.columns.length;
    if (columns > MAX_COLUMNS || this.tables.size === MAX_TABLES) {
      const isWide = columns > MAX_COLUMNS;
      fail("DUMP_DEFINITION", statement, {
        table: name,
        found: isWide ? `${columns} columns` : `table number ${MAX_TABLES + 1}`,
        expected: isWide ? `at most ${MAX_COLUMNS} columns in a table` : `at most ${MAX_TABLES} tables in a dump`,
      });
    }
    const hash = new ContentHash();
    hash.addText(text);
    this.tables.set(name, {
      ...{ name, definition, offset: statement.start, line: statement.line, rows: 0, bytes: 0 },
      ...{ ranges: new RowRanges(), shapes: [], lastShape: undefined, hash },
    });
  }

  private parse<T>(statement: Statement, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof DefinitionFault)) throw error;
      const { table, message: found, expected } = error;
      // tables of a second database may have any form
      if (this.database !== undefined) this.checkDatabase(statement, this.database, table);
      return fail("DUMP_DEFINITION", statement, { table, found, expected });
    }
  }

  private checkDatabase(statement: Statement, database: string | undefined, table: string | undefined): void {
    if (this.tables.size === 0) this.owner = database;
    if (this.owner === database && database !== "mysql") return;
    fail("DUMP_SEVERAL_DATABASES", statement, {
      table,
      found:
        database === "mysql"
          ? "a table of the server's own database mysql, which --all-databases dumps"
          : `a table of database ${database ?? "(none)"} after tables of ${this.owner ?? "(none)"}`,
      expected: "tables of one database",
      advice: "Dump one database at a time, without --all-databases: the target is one schema.",
    });
  }

  private addToTable(statement: Statement, parse: (text: string) => TableAddition): void {
    const text = this.decode(statement);
    const addition = this.parse(statement, () => parse(text));
    if (addition.isKeySwitch) return this.skip("disable/enable keys");
    const table = this.find(statement, addition.table, addition.database);
    table.definition = withAddition(table.definition, addition);
    table.hash.addText(text);
  }

  private find(statement: Statement, name: string, database: string | undefined): TableUnderway {
    const table = this.tables.get(name);
    this.checkDatabase(statement, database ?? this.database, name);
    if (table !== undefined) return table;
    fail("DUMP_NO_TABLE", statement, {
      table: name,
      found: `\`${shownSql(statement.text.toString("utf8"))}\` without a CREATE TABLE before it`,
      expected: "a dump with definitions",
      advice: "Dump without --no-create-info.",
    });
  }

  private dropTables(statement: Statement, text: string): void {
    this.skip("drop table");
    const reader = new TokenReader(decodeText(statement.text, this.session.current.charset) ?? text);
    reader.take("DROP");
    reader.take("TEMPORARY");
    reader.take("TABLE");
    reader.take("IF", "EXISTS");
    do {
      const name = reader.tableName();
      const table = this.tables.get(name?.table ?? "");
      if (table === undefined) continue;
      this.checkDatabase(statement, name?.database ?? this.database, table.name);
      if (table.rows > 0) this.refuse(statement, text, "DROP TABLE of a table with rows");
      // the table was a placeholder for a view
      this.tables.delete(table.name);
    } while (reader.take(","));
  }

  beginInsert(head: InsertHead): ValuesTarget {
    if (this.underway === undefined || head.text !== this.lastHead) this.underway = this.openInsert(head);
    this.lastHead = head.text;
    const { shape } = this.underway;
    return { columns: shape.targets.length, tally: shape.tally, introducers: introducersOf(shape.session.charset) };
  }

  private openInsert(head: InsertHead): { table: TableUnderway; shape: InsertShape } {
    const { name, database, columns } = parseInsertHead(head, this.decode(head));
    const table = this.find(head, name, database);
    if (this.triggered.has(name)) {
      fail("DUMP_TRIGGER", head, {
        table: name,
        found: "rows after a trigger that would run for each row",
        expected: "triggers after the rows, as mysqldump writes them",
        advice: "The loader runs no triggers. Load the dump into a database with the client, then dump that database.",
      });
    }
    if (this.extending !== table) this.extending?.ranges.interrupt();
    this.extending = table;
    const shape = this.shapeOf(table, columns, head);
    if (shape !== table.lastShape) table.hash.addText(shapeKey(shape.columns, shape.session));
    table.lastShape = shape;
    return { table, shape };
  }

  private shapeOf(table: TableUnderway, columns: readonly string[] | undefined, head: InsertHead): InsertShape {
    const session = this.session.current;
    const key = shapeKey(columns, session);
    const known = table.shapes.find((shape) => shapeKey(shape.columns, shape.session) === key);
    if (known !== undefined) return known;
    const targets = columns ?? table.definition.columns.filter((column) => !column.isInvisible).map(({ name }) => name);
    const twice = targets.find((one, index) => targets.slice(0, index).some((other) => sameName(one, other)));
    if (twice !== undefined) {
      fail("DUMP_SYNTAX", head, {
        table: table.name,
        found: `column ${twice} twice in an INSERT`,
        expected: "each column once",
      });
    }
    const unknown = targets.find((target) => !table.definition.columns.some(({ name }) => sameName(name, target)));
    if (unknown !== undefined) {
      fail("DUMP_COLUMN_UNKNOWN", head, {
        table: table.name,
        found: `column ${unknown} in an INSERT`,
        expected: /^row_(?:start|end)$/.test(unknown)
          ? "rows of a dump without --dump-history"
          : "a column of the CREATE TABLE",
      });
    }
    const shape = { columns, targets, tally: new ValueTally(targets.length), session };
    table.shapes.push(shape);
    return shape;
  }

  insertBytes(piece: Uint8Array): void {
    this.underway?.table.hash.add(piece);
  }

  endInsert(insert: Insert): void {
    if (this.underway === undefined) return;
    const { table, shape } = this.underway;
    table.rows += insert.rows;
    table.bytes += insert.statementEnd - insert.head.start;
    table.ranges.add(insert, shape);
  }
}

const FLAG = "--allow-unmarked-end";

/** Rejects the dump because of a statement. */
function fail(code: string, { start, line }: Statement, fault: Omit<DumpFault, "offset" | "line">): never {
  throw dumpError(code, { ...fault, offset: start, line });
}

/** Describes a statement that no dump has. */
function unknownStatement(text: string): Pick<DumpFault, "found" | "expected" | "advice"> {
  const program = PROGRAM_MESSAGE.exec(text.trimStart())?.[1];
  if (program === undefined) {
    const advice = "If dumps contain this statement, report it. Live tables did not change.";
    return { found: `the statement \`${shownSql(text)}\``, expected: "a statement of a dump", advice };
  }
  return {
    found: `a message of ${program}, which 2>&1 has written into the dump`,
    expected: "a statement of a dump",
    advice: "Create the dump with --result-file, or with 2>FILE in place of 2>&1. A message may be an error: check it.",
  };
}

/** Rejects other files than dumps, and UTF-16, which PowerShell's `>` writes: clients cannot use it as a character set. */
function checkStart(chunk: Buffer): void {
  const hex = chunk.subarray(0, 16).toString("hex");
  const isTar = chunk.toString("latin1", TAR.at, TAR.at + TAR.word.length) === TAR.word;
  const format = isTar ? "a tar archive" : FORMATS.find(([start]) => hex.startsWith(start))?.[1];
  if (format !== undefined) {
    throw dumpError("DUMP_COMPRESSION", {
      ...{ offset: 0, line: 1, found: format, expected: "a plain, gzip or zstd dump of MySQL or MariaDB" },
      advice: "Unpack the file, and load the dump in it. To compress a dump, use gzip or zstd.",
    });
  }
  const mark = hex.slice(0, 4);
  if (mark !== "fffe" && mark !== "feff") return;
  throw dumpError("DUMP_ENCODING", {
    offset: 0,
    line: 1,
    found: "the byte order mark of UTF-16",
    expected: "UTF-8, or another client character set",
    advice: "Write the dump with --result-file instead of `>`, or convert it: iconv -f UTF-16 -t UTF-8",
  });
}

/** INSERTs with equal keys can be loaded by one statement. */
function shapeKey(columns: readonly string[] | undefined, session: SessionSettings): string {
  return JSON.stringify([columns ?? null, session.charset, session.timeZone]);
}

function introducersOf(charset: string): ReadonlySet<string> {
  return charset === "utf8mb4" ? UTF8_INTRODUCERS : new Set(["binary", charset]);
}
const UTF8_INTRODUCERS: ReadonlySet<string> = new Set(["binary", "utf8mb4", "utf8", "utf8mb3", "ascii"]);

function parseInsertHead(
  head: InsertHead,
  text: string,
): { name: string; database: string | undefined; columns: string[] | undefined } {
  const reader = new TokenReader(text);
  reader.next();
  for (const word of ["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"]) reader.take(word);
  const target = reader.tableName();
  const columns: string[] = [];
  const hasList = reader.take("(");
  if (hasList) {
    do {
      const column = reader.name();
      if (column !== undefined) columns.push(column);
    } while (reader.take(","));
  }
  const isWhole =
    target !== undefined && (!hasList || reader.take(")")) && (reader.take("VALUES") || reader.take("VALUE"));
  if (isWhole && reader.isAtEnd) {
    return { name: target.table, database: target.database, columns: hasList ? columns : undefined };
  }
  fail("DUMP_SYNTAX", head, {
    found: `\`${shownSql(text)}\``,
    expected: "INSERT INTO table (columns) VALUES",
  });
}
