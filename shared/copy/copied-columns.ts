import { quoteName, quoteTable } from "../warehouse/tables/identifier.ts";
import { conditionOf, type KeyRange } from "../warehouse/ranges/key-range.ts";
import type { ShapeColumn, TableShape } from "../warehouse/ranges/table-shape.ts";

const BYTES = new Set(
  (
    "binary varbinary tinyblob blob mediumblob longblob vector geometry point linestring polygon multipoint " +
    "multilinestring multipolygon geometrycollection geomcollection"
  ).split(" "),
);

/** How a column's values travel from one server to the other. */
interface Passage {
  /** What the source selects. */
  select: string;
  /** What the target stores for the text that arrives as `@value`; undefined for the text itself. */
  store?: (value: string) => string;
}

function passageOf({ name, type }: ShapeColumn): Passage {
  const column = quoteName(name);
  // LOAD DATA checks every field against the statement's character set
  if (BYTES.has(type)) return { select: `HEX(${column})`, store: (value) => `UNHEX(${value})` };
  if (type === "bit") return { select: `${column} + 0`, store: (value) => `CAST(${value} AS UNSIGNED)` };
  // the text of a FLOAT has six digits; the multiplication keeps the sign of a zero
  if (type === "float") return { select: `${column} * 1e0` };
  return { select: column };
}

function stored({ columns }: TableShape): ShapeColumn[] {
  return columns.filter(({ isGenerated }) => !isGenerated);
}

/** The SELECT for the rows of a range, in columns that the target does not compute. */
export function selectStatement(shape: TableShape, range: KeyRange): string {
  const list = stored(shape).map((column) => passageOf(column).select);
  return `SELECT ${list.join(", ")} FROM ${quoteTable(shape.schema, shape.table)} WHERE ${conditionOf(shape, range)}`;
}

/** The LOAD DATA for lines of `RowEncoder`. */
export function loadStatement(shape: TableShape, schema: string): string {
  const columns = stored(shape).map((column, index) => ({ column, index, ...passageOf(column) }));
  const list = columns.map(({ column, index, store }) => (store ? `@baton_${index}` : quoteName(column.name)));
  const sets = columns.flatMap(({ column, index, store }) =>
    store ? [`${quoteName(column.name)} = ${store(`@baton_${index}`)}`] : [],
  );
  return [
    `LOAD DATA LOCAL INFILE 'baton' INTO TABLE ${quoteTable(schema, shape.table)} CHARACTER SET utf8mb4`,
    "FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'",
    `(${list.join(", ")})`,
    ...(sets.length > 0 ? [`SET ${sets.join(", ")}`] : []),
  ].join(" ");
}
