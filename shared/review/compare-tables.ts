import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../warehouse/tables/identifier.ts";
import { readTableShapes } from "../warehouse/ranges/table-shape.ts";
import type { ColumnFigures, ColumnRange, Examples, ReviewedModel } from "./review.ts";

/** The tables to compare; both have one row for each key. */
export interface ComparedTables {
  name: string;
  live: string;
  review: string;
  /** Columns that name a row: the primary key in the YAML. Empty for a view without one. */
  key: readonly string[];
  /** Names of columns that are never shown. */
  personal: ReadonlySet<string>;
}

/** The differences of two tables. */
export type TableDifferences = Pick<ReviewedModel, "rows" | "columns" | "schemaChanges"> & {
  /** There is no live table. */
  isNew: boolean;
  figures: ColumnFigures[];
  examples: Examples;
};

interface Column {
  name: string;
  /** DATA_TYPE, lower case. */
  type: string;
  /** COLUMN_TYPE and whether it may be NULL, as in `create table`. */
  definition: string;
}

/** The run that built a row: it differs although the data does not. */
const RUN_COLUMN = "run_id";
const MAX_EXAMPLES = 5;
const NUMBERS = /^(?:tinyint|smallint|mediumint|int|bigint|decimal|float|double)$/;
const ORDERED = /^(?:tinyint|smallint|mediumint|int|bigint|decimal|float|double|date|datetime|timestamp|time|year)$/;
const TEXTS = /^(?:char|varchar|tinytext|text|mediumtext|longtext|enum|set)$/;

/**
 * Compares a table with its live version, row by row by key and value by value. Texts are compared by their bytes, because
 * the collation calls different texts equal.
 *
 * A new table has a live count of 0.
 */
export async function compareTables(connection: Connection, tables: ComparedTables): Promise<TableDifferences> {
  const { name, live, review, personal } = tables;
  const [before, after] = [await columnsOf(connection, live, name), await columnsOf(connection, review, name)];
  const common = after.filter((column) => before.some((other) => other.name === column.name));
  const reviewed = await measure(connection, quoteTable(review, name), after);
  const keyChanges = await keyChangesOf(connection, tables);
  const isKeyed =
    tables.key.length > 0 &&
    tables.key.every((part) => common.some((column) => column.name === part)) &&
    (keyChanges.length === 0 || (await isUnique(connection, quoteTable(live, name), tables.key)));
  if (before.length === 0 || !isKeyed) {
    const existing = before.length > 0 ? await measure(connection, quoteTable(live, name), before) : undefined;
    const rows = existing?.rows ?? 0;
    return {
      isNew: before.length === 0,
      rows: {
        ...{ live: rows, review: reviewed.rows, changed: 0 },
        ...{ added: Math.max(0, reviewed.rows - rows), removed: Math.max(0, rows - reviewed.rows) },
      },
      ...{ columns: [], figures: [], examples: { added: [], removed: [], changed: [] } },
      schemaChanges: before.length === 0 ? [] : [...schemaChanges(before, after), ...keyChanges],
    };
  }
  const existing = await measure(connection, quoteTable(live, name), before);
  const counts = await countDifferences(connection, tables, common);
  const rows = {
    ...{ live: existing.rows, review: reviewed.rows },
    ...{ added: reviewed.rows - counts.matched, removed: existing.rows - counts.matched, changed: counts.changed },
  };
  return {
    isNew: false,
    rows,
    columns: common.map((column) => ({
      name: column.name,
      changed: counts.byColumn.get(column.name) ?? 0,
      nullsBefore: existing.nulls.get(column.name) ?? 0,
      nullsAfter: reviewed.nulls.get(column.name) ?? 0,
    })),
    schemaChanges: [...schemaChanges(before, after), ...keyChanges],
    figures: common
      .filter((column) => ORDERED.test(column.type) && !personal.has(column.name) && column.name !== RUN_COLUMN)
      .map((column) => ({
        name: column.name,
        before: existing.ranges.get(column.name) ?? NO_RANGE,
        after: reviewed.ranges.get(column.name) ?? NO_RANGE,
      })),
    examples: await readExamples(connection, tables, common, rows),
  };
}

const NO_RANGE: ColumnRange = { sum: null, min: null, max: null };

async function columnsOf(connection: Connection, schema: string, table: string): Promise<Column[]> {
  const [rows] = await connection.query<(RowDataPacket & Column)[]>(
    `SELECT column_name AS name, LOWER(data_type) AS type,
        CONCAT(LOWER(column_type), IF(is_nullable = 'NO', ' not null', '')) AS definition
      FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
    [schema, table],
  );
  return rows;
}

function schemaChanges(before: readonly Column[], after: readonly Column[]): string[] {
  const old = new Map(before.map((column) => [column.name, column.definition]));
  const now = new Map(after.map((column) => [column.name, column.definition]));
  return [
    ...after.filter(({ name }) => !old.has(name)).map(({ name, definition }) => `${name} is new: ${definition}`),
    ...before.filter(({ name }) => !now.has(name)).map(({ name, definition }) => `${name} is gone: ${definition}`),
    ...after
      .filter(({ name, definition }) => old.has(name) && old.get(name) !== definition)
      .map(({ name, definition }) => `${name} is ${definition}, was ${old.get(name) ?? ""}`),
  ];
}

async function keyChangesOf(connection: Connection, { name, live, review }: ComparedTables): Promise<string[]> {
  const keyIn = async (schema: string): Promise<string | undefined> =>
    (await readTableShapes(connection, schema))
      .get(name)
      ?.key.map((column) => column.name)
      .join(", ");
  const [before, after] = [await keyIn(live), await keyIn(review)];
  return before === after || before === undefined || after === undefined ? [] : [`the key is ${after}, was ${before}`];
}

async function isUnique(connection: Connection, table: string, key: readonly string[]): Promise<boolean> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT 1 FROM ${table} GROUP BY ${key.map(quoteName).join(", ")} HAVING COUNT(*) > 1 LIMIT 1`,
  );
  return rows.length === 0;
}

interface Measures {
  rows: number;
  nulls: ReadonlyMap<string, number>;
  ranges: ReadonlyMap<string, ColumnRange>;
}

/** Counts rows and NULLs, and computes sums, minima and maxima, in one scan. */
async function measure(connection: Connection, table: string, columns: readonly Column[]): Promise<Measures> {
  const text = (expression: string): string => `CAST(${expression} AS CHAR)`;
  const parts = columns.flatMap(({ name, type }, index) => {
    const column = quoteName(name);
    return [
      `COALESCE(SUM(${column} IS NULL), 0) AS nulls_${index}`,
      ...(NUMBERS.test(type) ? [`${text(`SUM(${column})`)} AS sum_${index}`] : []),
      ...(ORDERED.test(type)
        ? [`${text(`MIN(${column})`)} AS min_${index}`, `${text(`MAX(${column})`)} AS max_${index}`]
        : []),
    ];
  });
  const [[row]] = await connection.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS all_rows, ${parts.join(", ")} FROM ${table}`,
  );
  const value = (name: string): string | null => (row?.[name] as string | null | undefined) ?? null;
  return {
    rows: Number(value("all_rows")),
    nulls: new Map(columns.map(({ name }, index) => [name, Number(value(`nulls_${index}`))])),
    ranges: new Map(
      columns.map(({ name }, index) => [
        name,
        { sum: value(`sum_${index}`), min: value(`min_${index}`), max: value(`max_${index}`) },
      ]),
    ),
  };
}

/** Both tables, joined by key: `r` of the review, `l` live. */
function joined({ live, review, name, key }: ComparedTables, kind: "INNER" | "LEFT", from: "r" | "l" = "r"): string {
  const [left, right] = from === "r" ? [review, live] : [live, review];
  const other = from === "r" ? "l" : "r";
  const condition = key.map((part) => `l.${quoteName(part)} = r.${quoteName(part)}`).join(" AND ");
  return `${quoteTable(left, name)} AS ${from} ${kind} JOIN ${quoteTable(right, name)} AS ${other} ON ${condition}`;
}

function differs({ name, type }: Column): string {
  if (name === RUN_COLUMN) return "0";
  const value = (alias: string): string => `${alias}.${quoteName(name)}`;
  if (TEXTS.test(type)) return `NOT (CAST(${value("l")} AS BINARY) <=> CAST(${value("r")} AS BINARY))`;
  return `NOT (${value("l")} <=> ${value("r")})`;
}

async function countDifferences(
  connection: Connection,
  tables: ComparedTables,
  common: readonly Column[],
): Promise<{ matched: number; changed: number; byColumn: ReadonlyMap<string, number> }> {
  const sums = common.map((column, index) => `COALESCE(SUM(${differs(column)}), 0) AS column_${index}`);
  const [[row]] = await connection.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS matched, COALESCE(SUM(${common.map(differs).join(" OR ")}), 0) AS changed, ${sums.join(", ")}
      FROM ${joined(tables, "INNER")}`,
  );
  return {
    matched: Number(row?.["matched"]),
    changed: Number(row?.["changed"]),
    byColumn: new Map(common.map(({ name }, index) => [name, Number(row?.[`column_${index}`])])),
  };
}

async function readExamples(
  connection: Connection,
  tables: ComparedTables,
  common: readonly Column[],
  rows: ReviewedModel["rows"],
): Promise<Examples> {
  const shown = common.filter(({ name }) => !tables.personal.has(name));
  const first = quoteName(tables.key[0] ?? "");
  const select = async (sql: string): Promise<RowDataPacket[]> =>
    (await connection.query<RowDataPacket[]>(`${sql} LIMIT ${MAX_EXAMPLES}`))[0];
  const texts = (alias: string): string =>
    shown.map(({ name }, index) => `CAST(${alias}.${quoteName(name)} AS CHAR) AS ${alias}_${index}`).join(", ");
  const only = async (count: number, one: "r" | "l", other: "r" | "l"): Promise<Record<string, string>[]> =>
    count === 0 || shown.length === 0
      ? []
      : (await select(`SELECT ${texts(one)} FROM ${joined(tables, "LEFT", one)} WHERE ${other}.${first} IS NULL`)).map(
          (row) => Object.fromEntries(shown.map(({ name }, index) => [name, textOf(row[`${one}_${index}`])])),
        );
  const changed =
    rows.changed === 0 || shown.length === 0
      ? []
      : await select(
          `SELECT ${texts("l")}, ${texts("r")}, ${shown.map((column, index) => `${differs(column)} AS differs_${index}`).join(", ")}
            FROM ${joined(tables, "INNER")} WHERE ${common.map(differs).join(" OR ")}`,
        );
  return {
    added: await only(rows.added, "r", "l"),
    removed: await only(rows.removed, "l", "r"),
    changed: changed.map((row) =>
      Object.fromEntries(
        shown.flatMap(({ name }, index) => {
          const after = textOf(row[`r_${index}`]);
          if (Number(row[`differs_${index}`]) === 1) return [[name, `${textOf(row[`l_${index}`])} → ${after}`]];
          return tables.key.includes(name) ? [[name, after]] : [];
        }),
      ),
    ),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "NULL";
}
