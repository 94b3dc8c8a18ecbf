/** Quotes a name for SQL; a dot inside is part of the name. @see MySQL Reference Manual, "Schema Object Names" */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** Quotes `schema.table`. */
export function quoteTable(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
