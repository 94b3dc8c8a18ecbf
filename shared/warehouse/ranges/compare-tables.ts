import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../tables/identifier.ts";
import { canSplit, conditionOf, keyText, splitTable, WHOLE_TABLE, type KeyRange, type KeyValues } from "./key-range.ts";
import { jsonValue } from "./json-value.ts";
import { digestOfRange, rowDigest, type RangeDigest } from "./range-digest.ts";
import type { TableShape } from "./table-shape.ts";

/** One of two tables that should have the same rows. */
export interface ComparedSide {
  /** With Baton's session settings (`connect`). */
  connection: Connection;
  shape: TableShape;
}

/** A key range whose rows differ. */
interface RangeDifference {
  /** Exclusive; null from the first row on. */
  from: KeyValues | null;
  /** Inclusive; null up to the last row. */
  to: KeyValues | null;
  /**
   * The first rows by key that differ or that only one table has. Empty for a table without a
   * key, and for a large one with a key of text.
   */
  keys: readonly string[];
}

/** The result of a comparison of two tables. */
export interface TableComparison {
  /** Rows of the first table. */
  rows: number;
  equal: boolean;
  differences: readonly RangeDifference[];
}

/** Rows of a range: so many that a query takes a moment, so few that a difference is found quickly. */
const ROWS_PER_RANGE = 50_000;
const ROWS_PER_SEARCH = 2_000;
/** Rows whose JSON is in memory at a time. */
const JSON_ROWS_PER_SEARCH = 200;
/** Rows of a table with a key of text, which cannot be split, that may be read one by one. */
const MAX_LISTED_ROWS = 200_000;
const MAX_LISTED_JSON_ROWS = 20_000;
const MAX_KEYS = 5;

/**
 * Compares two tables, which may be on different servers, by counts and digests of their key ranges. Both servers compute
 * at the same time. Rows with JSON are compared by value if the texts of a range differ.
 *
 * @param onRows receives the number of compared rows after each range
 */
export async function compareTables(
  source: ComparedSide,
  target: ComparedSide,
  onRows: (rows: number) => void = () => undefined,
): Promise<TableComparison> {
  const names = source.shape.columns.map(({ name }) => name);
  if (names.join() !== target.shape.columns.map(({ name }) => name).join()) {
    const { rows } = await digestOfRange(source.connection, source.shape, WHOLE_TABLE);
    return { rows, equal: false, differences: [{ from: null, to: null, keys: [] }] };
  }
  const [one, other] = [alike(source, target), alike(target, source)];
  const json = names.filter((_, index) => [one, other].some(({ shape }) => shape.columns[index]?.type === "json"));
  const ranges = await splitTable(one.connection, one.shape, ROWS_PER_RANGE);
  const differences: RangeDifference[] = [];
  let rows = 0;
  for (const range of ranges) {
    const [mine, theirs] = await digestsOf(one, other, range);
    rows += mine.rows;
    onRows(mine.rows);
    if (mine.rows === theirs.rows && mine.digest === theirs.digest) continue;
    const maxRows = json.length > 0 ? MAX_LISTED_JSON_ROWS : MAX_LISTED_ROWS;
    const canList = one.shape.key.length > 0 && (canSplit(one.shape) || Math.max(mine.rows, theirs.rows) <= maxRows);
    const keys = canList ? await differingKeys({ one, other, json }, range) : [];
    if (json.length > 0 && canList && keys.length === 0) continue;
    differences.push({ from: range.after ?? null, to: range.upTo ?? null, keys });
  }
  return { rows, equal: differences.length === 0, differences };
}

/** A column that can be NULL on one server has the form of such a column in the digests of both. */
function alike({ connection, shape }: ComparedSide, { shape: { columns } }: ComparedSide): ComparedSide {
  const alikeColumns = shape.columns.map((column, index) => ({
    ...column,
    isNullable: column.isNullable || columns[index]?.isNullable === true,
  }));
  return { connection, shape: { ...shape, columns: alikeColumns } };
}

interface Search {
  one: ComparedSide;
  other: ComparedSide;
  /** Columns that are JSON on at least one server. */
  json: readonly string[];
}

/** The first rows by key that differ; a large range is searched in small ones, so that it needs little memory. */
async function differingKeys({ one, other, json }: Search, range: KeyRange): Promise<string[]> {
  const rowsPerPart = json.length > 0 ? JSON_ROWS_PER_SEARCH : ROWS_PER_SEARCH;
  const parts = await splitTable(one.connection, one.shape, rowsPerPart, range);
  const keys: string[] = [];
  for (const part of parts) {
    if (parts.length > 1 && (await haveEqualRows(one, other, part))) continue;
    const [mine, theirs] = await Promise.all([one, other].map((side) => readRows(side, part, json)));
    const names = new Set([...(mine?.keys() ?? []), ...(theirs?.keys() ?? [])]);
    const differing = [...names].filter((name) => mine?.get(name) !== theirs?.get(name));
    keys.push(...differing.sort((a, b) => a.localeCompare(b, "en", { numeric: true })));
    if (keys.length >= MAX_KEYS) break;
  }
  return keys.slice(0, MAX_KEYS);
}

async function haveEqualRows(one: ComparedSide, other: ComparedSide, range: KeyRange): Promise<boolean> {
  const [mine, theirs] = await digestsOf(one, other, range);
  return mine.rows === theirs.rows && mine.digest === theirs.digest;
}

function digestsOf(one: ComparedSide, other: ComparedSide, range: KeyRange): Promise<[RangeDigest, RangeDigest]> {
  return Promise.all([
    digestOfRange(one.connection, one.shape, range),
    digestOfRange(other.connection, other.shape, range),
  ]);
}

/** Digests of single rows, with the values of their JSON, by key. */
async function readRows(
  { connection, shape }: ComparedSide,
  range: KeyRange,
  json: readonly string[],
): Promise<Map<string, string>> {
  const digested = shape.columns.filter(({ name }) => !json.includes(name));
  const documents = json.map((name, index) => `CAST(${quoteName(name)} AS CHAR CHARACTER SET utf8mb4) AS \`${index}\``);
  const [rows] = await connection.query<(RowDataPacket & Record<string, string | null>)[]>(
    `SELECT CONCAT_WS(',', ${shape.key.map(keyText).join(", ")}) AS name,
        ${[`CAST(${rowDigest(digested)} AS CHAR) AS digest`, ...documents].join(", ")}
      FROM ${quoteTable(shape.schema, shape.table)} WHERE ${conditionOf(shape, range)}`,
  );
  return new Map(
    rows.map((row: Record<string, string | null>) => {
      const values = json.map((_, index) => jsonValue(row[index] ?? ""));
      return [row["name"] ?? "", [row["digest"], ...values].join(" ")];
    }),
  );
}
