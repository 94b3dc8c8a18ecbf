import type { Column } from "../schema/column.ts";
import type { SecondaryKey, Table } from "../schema/table.ts";
import { quoteText } from "./render-cell.ts";

/** Quotes a name as MySQL does: in backticks, with backticks inside doubled. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function columnLine(column: Column): string {
  const parts = [quoteName(column.name), column.type];
  if (!column.isNullable) parts.push("NOT NULL");
  if (column.isAutoIncrement === true) parts.push("AUTO_INCREMENT");
  if (column.default !== undefined) parts.push(`DEFAULT ${column.default}`);
  // in column comments MySQL escapes quotes by doubling them
  if (column.comment !== undefined) parts.push(`COMMENT '${column.comment.replaceAll("'", "''")}'`);
  return `  ${parts.join(" ")}`;
}

function keyLine(table: Table, key: SecondaryKey): string {
  const name = `${table.name.toLowerCase().replaceAll(".", "_")}_${key.columns.join("_")}`.slice(0, 58);
  const columns = key.columns.map(quoteName).join(",");
  return key.isUnique === true
    ? `  UNIQUE KEY ${quoteName(`${name}_unique`)} (${columns})`
    : `  KEY ${quoteName(`${name}_index`)} (${columns})`;
}

/**
 * The `CREATE TABLE` statement as `SHOW CREATE TABLE` of MySQL 8 prints it, without the final semicolon.
 *
 * @param nextId value of AUTO_INCREMENT; undefined omits it, as for a table that never had a row
 */
export function renderCreateTable(table: Table, nextId?: number): string {
  const lines = [
    ...table.columns.map(columnLine),
    "  PRIMARY KEY (`id`)",
    ...table.keys.map((key) => keyLine(table, key)),
  ];
  const counter = nextId === undefined ? "" : ` AUTO_INCREMENT=${nextId}`;
  const comment = table.comment === undefined ? "" : ` COMMENT=${quoteText(table.comment)}`;
  return `CREATE TABLE ${quoteName(table.name)} (\n${lines.join(",\n")}\n) ENGINE=InnoDB${counter} DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci${comment}`;
}
