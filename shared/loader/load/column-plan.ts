import { quoteName, quoteTable } from "../../warehouse/tables/identifier.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import type { InsertShape } from "../index/dump-index.ts";
import { valueKinds, type ValueKindMask } from "../lexer/value-kinds.ts";
import type { RowSeparator } from "../lexer/values-lexer.ts";

/** A column as the server created it. */
export interface ServerColumn {
  name: string;
  /** DATA_TYPE in information_schema, lower case. */
  type: string;
  /** Character set of text columns. */
  charset: string | undefined;
  isAutoIncrement: boolean;
  isGenerated: boolean;
}

/** How to rewrite values of a column for LOAD DATA when it cannot read them unchanged. */
export type ColumnAction = "text" | "number" | "bit" | "year";

/** How to load rows of one shape. */
export interface ColumnPlan {
  /** INSERT where LOAD DATA would read a value differently from the server's parser. */
  method: "load-data" | "insert";
  /** True when even canonical bytes must be rewritten. */
  mustRewrite: boolean;
  actions: readonly ColumnAction[];
  /** Character set of the statement. */
  charset: string;
  /** Columns converted from bytes because the statement's character set is `binary`. */
  converted: ReadonlySet<string>;
  /** Indexes of the targets that the server computes itself; the dump's values for them are ignored. */
  computed: ReadonlySet<number>;
  /**
   * Introducers before the texts of each target in an INSERT in utf8mb4: the dump's character set, or `_binary ` where
   * the texts are bytes, because MySQL warns otherwise.
   */
  introducers: readonly string[];
  targets: readonly string[];
  session: InsertShape["session"];
  /** True when the server numbers the rows, so their order must be the dump's. */
  isNumbered: boolean;
}

const NUMERIC = new Set(
  "tinyint smallint mediumint int integer bigint decimal numeric float double real boolean".split(" "),
);
const TEMPORAL = new Set("date datetime timestamp time".split(" "));
const TEXT = new Set("char varchar tinytext text mediumtext longtext".split(" "));
const CHOICE = new Set(["enum", "set"]);
const BINARY = new Set(
  (
    "binary varbinary tinyblob blob mediumblob longblob geometry point linestring polygon multipoint multilinestring " +
    "multipolygon geometrycollection geomcollection vector bit"
  ).split(" "),
);
const PLAIN_TEXT = new Set(["json", "uuid", "inet4", "inet6"]);

const { null: NULL, number, float, string, hex, bits, bool } = valueKinds;

interface ColumnRule {
  action: ColumnAction;
  /** Forms that LOAD DATA reads correctly from the dump's own bytes. */
  asIs: ValueKindMask;
  /** Forms that LOAD DATA reads correctly after the action rewrites them. */
  rewritten: ValueKindMask;
}

/** The forms that LOAD DATA reads correctly, by type; all others need INSERT. */
function ruleOf(column: ServerColumn): ColumnRule {
  const { type } = column;
  if (NUMERIC.has(type)) {
    return { action: "number", asIs: NULL | number | float | string, rewritten: bool | hex | bits };
  }
  if (type === "bit") return { action: "bit", asIs: NULL | string, rewritten: number | hex | bits | bool };
  if (type === "year") return { action: "year", asIs: NULL | string, rewritten: number };
  if (TEMPORAL.has(type) || CHOICE.has(type) || PLAIN_TEXT.has(type)) {
    return { action: "text", asIs: NULL | string, rewritten: 0 };
  }
  if (BINARY.has(type)) return { action: "text", asIs: NULL | string, rewritten: hex | bits };
  if (TEXT.has(type)) {
    // INSERT does not convert the bytes of a literal to the column's character set
    return { action: "text", asIs: NULL | string, rewritten: column.charset === "utf8mb4" ? hex : 0 };
  }
  return { action: "text", asIs: 0, rewritten: 0 };
}

/**
 * Plans how to load rows of one shape so that every value is stored as by INSERT.
 *
 * @param columns the table's columns on the server, by name in lower case
 * @see MySQL Reference Manual, "LOAD DATA Statement": Field and Line Handling, Column List Specification
 */
export function planColumns(
  shape: InsertShape,
  columns: ReadonlyMap<string, ServerColumn>,
  dialect: ServerDialect,
): ColumnPlan {
  const { targets, session } = shape;
  const actions: ColumnAction[] = [];
  const computed = new Set<number>();
  const introducers: string[] = [];
  let method: ColumnPlan["method"] = "load-data";
  let mustRewrite = false;
  let hasBytes = false;
  for (const [index, target] of targets.entries()) {
    const column = columns.get(target.toLowerCase());
    introducers.push(introducerOf(column, session.charset));
    if (column?.isGenerated === true) {
      computed.add(index);
      actions.push("text");
      continue;
    }
    const rule: ColumnRule = column === undefined ? { action: "text", asIs: 0, rewritten: 0 } : ruleOf(column);
    const seen = shape.tally.kinds(index);
    if ((seen & ~(rule.asIs | rule.rewritten)) !== 0) method = "insert";
    if ((seen & ~rule.asIs) !== 0) mustRewrite = true;
    if (column !== undefined && BINARY.has(column.type) && (seen & (string | hex | bits | number)) !== 0)
      hasBytes = true;
    actions.push(rule.action);
  }
  const isNumbered = hasGeneratedNumbers(shape, columns);
  // LOAD DATA reserves numbers in advance and leaves gaps, unlike INSERT
  if (isNumbered) method = "insert";
  // MySQL checks every field against the statement's character set, MariaDB only the fields of text columns
  const isBinary = hasBytes && dialect.product === "mysql";
  const converted = new Set(
    isBinary ? targets.filter((target) => needsConversion(columns, target, session.charset)) : [],
  );
  return {
    method,
    mustRewrite,
    actions,
    charset: isBinary ? "binary" : session.charset,
    converted,
    computed,
    introducers,
    targets,
    session,
    isNumbered,
  };
}

function introducerOf(column: ServerColumn | undefined, charset: string): string {
  if (column !== undefined && BINARY.has(column.type)) return "_binary ";
  return charset === "utf8mb4" ? "" : `_${charset} `;
}

/** True when rows omit their AUTO_INCREMENT column, or give NULL for it. */
function hasGeneratedNumbers({ targets, tally }: InsertShape, columns: ReadonlyMap<string, ServerColumn>): boolean {
  const counter = [...columns.values()].find((column) => column.isAutoIncrement)?.name.toLowerCase();
  if (counter === undefined) return false;
  const at = targets.findIndex((target) => target.toLowerCase() === counter);
  return at === -1 || (tally.kinds(at) & NULL) !== 0;
}

function needsConversion(columns: ReadonlyMap<string, ServerColumn>, target: string, charset: string): boolean {
  const column = columns.get(target.toLowerCase());
  if (column === undefined || column.isGenerated) return false;
  return (
    column.type === "json" || (column.charset !== undefined && column.charset !== charset) || CHOICE.has(column.type)
  );
}

/** The end of a row in the bytes for LOAD DATA. */
export function rowEnd(separator: RowSeparator): string {
  return `),${separator}(`;
}

/** The LOAD DATA statement for rows as written in a dump: `1,'a'),(2,'b'),(`. */
export function loadDataStatement(schema: string, table: string, plan: ColumnPlan, separator: RowSeparator): string {
  const list = plan.targets.map((target, index) =>
    plan.converted.has(target) || plan.computed.has(index) ? `@baton_${index}` : quoteName(target),
  );
  const assignments = plan.targets.flatMap((target, index) =>
    plan.converted.has(target) ? [`${quoteName(target)} = CONVERT(@baton_${index} USING ${plan.session.charset})`] : [],
  );
  const end = rowEnd(separator).replaceAll("\r", "\\r").replaceAll("\n", "\\n");
  return [
    `LOAD DATA LOCAL INFILE 'baton' INTO TABLE ${quoteTable(schema, table)} CHARACTER SET ${plan.charset}`,
    `FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\\'' ESCAPED BY '\\\\' LINES TERMINATED BY '${end}'`,
    `(${list.join(", ")})`,
    ...(assignments.length > 0 ? [`SET ${assignments.join(", ")}`] : []),
  ].join(" ");
}
