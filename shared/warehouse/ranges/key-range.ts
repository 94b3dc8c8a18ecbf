import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../tables/identifier.ts";
import type { ShapeColumn, TableShape } from "./table-shape.ts";

/** Values of a key's columns, in its order, as text; binary values in hex. */
export type KeyValues = readonly string[];

/** Rows of a table by key. */
export interface KeyRange {
  /** Exclusive; undefined from the first row on. */
  after: KeyValues | undefined;
  /** Inclusive; undefined up to the last row. */
  upTo: KeyValues | undefined;
}

/** All rows. */
export const WHOLE_TABLE: KeyRange = { after: undefined, upTo: undefined };

const INTEGERS = new Set("tinyint smallint mediumint int bigint".split(" "));
const NUMBERS = new Set("tinyint smallint mediumint int bigint decimal year".split(" "));
const TIMES = new Set("date datetime timestamp".split(" "));
const BINARY = new Set(["binary", "varbinary"]);

/**
 * True when every server orders the key's values in the same way. Texts are left out: MySQL and MariaDB have different
 * collations.
 */
export function canSplit({ key }: TableShape): boolean {
  return key.length > 0 && key.every(({ type }) => NUMBERS.has(type) || TIMES.has(type) || BINARY.has(type));
}

/**
 * Splits a table, or a range of it, into ranges by its key, in order and without gaps.
 *
 * @param rowsPerRange the most rows in a range
 * @returns `within` alone when the table has no suitable key or few rows
 */
export async function splitTable(
  connection: Connection,
  shape: TableShape,
  rowsPerRange: number,
  within: KeyRange = WHOLE_TABLE,
): Promise<readonly KeyRange[]> {
  if (!canSplit(shape)) return [within];
  if (within === WHOLE_TABLE) {
    const dense = await splitNumbers(connection, shape, rowsPerRange);
    if (dense !== undefined) return dense;
  }
  const ranges: KeyRange[] = [];
  const order = shape.key.map(({ name }) => quoteName(name)).join(", ");
  const list = shape.key.map((column, index) => `${keyText(column)} AS \`${index}\``).join(", ");
  let { after } = within;
  for (;;) {
    const condition = conditionOf(shape, { after, upTo: within.upTo });
    const [[row]] = await connection.query<(RowDataPacket & Record<string, string>)[]>(
      `SELECT ${list} FROM ${quoteTable(shape.schema, shape.table)} WHERE ${condition}
        ORDER BY ${order} LIMIT 1 OFFSET ${rowsPerRange - 1}`,
    );
    if (row === undefined) return [...ranges, { after, upTo: within.upTo }];
    const upTo: KeyValues = shape.key.map((_, index) => String(row[index]));
    ranges.push({ after, upTo });
    after = upTo;
  }
}

/**
 * Splits a table by the numbers of its key, which takes no walk over all rows; undefined when the key is not one number or
 * more than half of the numbers are unused.
 */
async function splitNumbers(
  connection: Connection,
  { schema, table, key }: TableShape,
  numbersPerRange: number,
): Promise<readonly KeyRange[] | undefined> {
  const [column] = key;
  if (column === undefined || key.length > 1 || !INTEGERS.has(column.type)) return undefined;
  const name = quoteName(column.name);
  const [[found]] = await connection.query<(RowDataPacket & Record<"count" | "lowest" | "highest", string | null>)[]>(
    `SELECT CAST(COUNT(*) AS CHAR) AS count, CAST(MIN(${name}) AS CHAR) AS lowest, CAST(MAX(${name}) AS CHAR) AS highest
      FROM ${quoteTable(schema, table)}`,
  );
  if (typeof found?.lowest !== "string" || typeof found.highest !== "string") return [WHOLE_TABLE];
  const [lowest, highest, count] = [BigInt(found.lowest), BigInt(found.highest), BigInt(found.count ?? 0)];
  if (highest - lowest >= 2n * count) return undefined;
  const ranges: KeyRange[] = [];
  let after: KeyValues | undefined;
  for (let last = lowest + BigInt(numbersPerRange) - 1n; last < highest; last += BigInt(numbersPerRange)) {
    const upTo = [String(last)];
    ranges.push({ after, upTo });
    after = upTo;
  }
  return [...ranges, { after, upTo: undefined }];
}

/** The condition for the rows of a range. */
export function conditionOf({ key }: TableShape, { after, upTo }: KeyRange): string {
  const conditions = [
    ...(after === undefined ? [] : [beyond(key, after, { sign: ">", last: ">" })]),
    ...(upTo === undefined ? [] : [beyond(key, upTo, { sign: "<", last: "<=" })]),
  ];
  return conditions.length === 0 ? "TRUE" : conditions.join(" AND ");
}

/** Written out, because the servers do not use an index for `(a, b) > (1, 2)`. */
function beyond(
  key: readonly ShapeColumn[],
  values: KeyValues,
  { sign, last }: { sign: string; last: string },
): string {
  const parts = key.map((column, index) => ({ name: quoteName(column.name), value: literal(column, values[index]) }));
  const alternatives = parts.map(({ name, value }, index) => {
    const equal = parts.slice(0, index).map((part) => `${part.name} = ${part.value}`);
    return [...equal, `${name} ${index === parts.length - 1 ? last : sign} ${value}`].join(" AND ");
  });
  const [first] = parts;
  if (alternatives.length === 1 || first === undefined) return alternatives.join("");
  return `${first.name} ${sign}= ${first.value} AND (${alternatives.map((text) => `(${text})`).join(" OR ")})`;
}

/** A value of a key column as text; binary values in hex. */
export function keyText({ name, type }: ShapeColumn): string {
  return BINARY.has(type) ? `HEX(${quoteName(name)})` : `CAST(${quoteName(name)} AS CHAR)`;
}

function literal({ name, type }: ShapeColumn, value: string | undefined): string {
  if (value !== undefined) {
    if (NUMBERS.has(type) && /^-?\d+(?:\.\d+)?$/.test(value)) return value;
    if (TIMES.has(type) && /^[\d .:-]+$/.test(value)) return `'${value}'`;
    if (BINARY.has(type) && /^[\dA-F]*$/i.test(value)) return `x'${value}'`;
  }
  throw new TypeError(`the key column ${name} of type ${type} cannot be compared with ${String(value)}`);
}
