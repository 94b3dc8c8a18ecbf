import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteTable } from "../tables/identifier.ts";
import { canSplit, conditionOf, keyText, splitTable, WHOLE_TABLE, type KeyRange, type KeyValues } from "./key-range.ts";
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
/** Rows of a table with a key of text, which cannot be split, whose digests may be read one by one. */
const MAX_LISTED_ROWS = 200_000;
const MAX_KEYS = 5;

/**
 * Compares two tables, which may be on different servers, by counts and digests of their key ranges. Both servers compute
 * at the same time.
 *
 * @param onRows receives the number of compared rows after each range
 */
export async function compareTables(
  one: ComparedSide,
  other: ComparedSide,
  onRows: (rows: number) => void = () => undefined,
): Promise<TableComparison> {
  const names = one.shape.columns.map(({ name }) => name);
  if (names.join() !== other.shape.columns.map(({ name }) => name).join()) {
    const { rows } = await digestOfRange(one.connection, one.shape, WHOLE_TABLE);
    return { rows, equal: false, differences: [{ from: null, to: null, keys: [] }] };
  }
  const ranges = await splitTable(one.connection, one.shape, ROWS_PER_RANGE);
  const differences: RangeDifference[] = [];
  let rows = 0;
  for (const range of ranges) {
    const [mine, theirs] = await digestsOf(one, other, range);
    rows += mine.rows;
    onRows(mine.rows);
    if (mine.rows === theirs.rows && mine.digest === theirs.digest) continue;
    const canList = canSplit(one.shape) || Math.max(mine.rows, theirs.rows) <= MAX_LISTED_ROWS;
    const keys = one.shape.key.length > 0 && canList ? await differingKeys(one, other, range) : [];
    differences.push({ from: range.after ?? null, to: range.upTo ?? null, keys });
  }
  return { rows, equal: differences.length === 0, differences };
}

/** The first rows by key that differ; a large range is searched in small ones, so that it needs little memory. */
async function differingKeys(one: ComparedSide, other: ComparedSide, range: KeyRange): Promise<string[]> {
  const parts = await splitTable(one.connection, one.shape, ROWS_PER_SEARCH, range);
  const keys: string[] = [];
  for (const part of parts) {
    if (parts.length > 1 && (await haveEqualRows(one, other, part))) continue;
    const [mine, theirs] = await Promise.all([one, other].map((side) => readRows(side, part)));
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

/** Digests of single rows, by key. */
async function readRows({ connection, shape }: ComparedSide, range: KeyRange): Promise<Map<string, string>> {
  const [rows] = await connection.query<(RowDataPacket & { name: string; digest: string })[]>(
    `SELECT CONCAT_WS(',', ${shape.key.map(keyText).join(", ")}) AS name, CAST(${rowDigest(shape.columns)} AS CHAR) AS digest
      FROM ${quoteTable(shape.schema, shape.table)} WHERE ${conditionOf(shape, range)}`,
  );
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}
