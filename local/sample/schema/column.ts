/** A value of a row: text is decoded, decimals and dates are text as mysqldump writes it, NULL is null. */
export type Cell = string | number | null | Uint8Array;

/** How mysqldump writes the values: unquoted, quoted (dates, which need no escaping), as text, or with `_binary`. */
export type Notation = "bare" | "quoted" | "text" | "binary";

/** A column as `SHOW CREATE TABLE` prints it. */
export interface Column {
  name: string;
  /** Type with collation, as MySQL 8 writes it: `varchar(191) COLLATE utf8mb4_unicode_ci`. */
  type: string;
  isNullable: boolean;
  /** SQL of the default; undefined for none. */
  default?: string;
  isAutoIncrement?: boolean;
  comment?: string;
  notation: Notation;
}

/** Differences from the standard column: nullable, default NULL, no comment. */
export interface ColumnOptions {
  isNullable?: boolean;
  /** SQL of the default: `'0'`, `'NULL'`, `CURRENT_TIMESTAMP`. */
  default?: string;
  comment?: string;
}

function column(name: string, type: string, notation: Notation, options: ColumnOptions = {}): Column {
  const isNullable = options.isNullable ?? true;
  const defaultSql = options.default ?? (isNullable ? "NULL" : undefined);
  return {
    name,
    type,
    notation,
    isNullable,
    ...(defaultSql !== undefined && { default: defaultSql }),
    ...(options.comment !== undefined && { comment: options.comment }),
  };
}

/** `id int NOT NULL AUTO_INCREMENT`, the primary key of every table. */
export function id(): Column {
  return { ...column("id", "int", "bare", { isNullable: false }), isAutoIncrement: true };
}

export function int(name: string, options?: ColumnOptions): Column {
  return column(name, "int", "bare", options);
}

export function bigint(name: string, options?: ColumnOptions): Column {
  return column(name, "bigint unsigned", "bare", options);
}

export function tinyint(name: string, options?: ColumnOptions): Column {
  return column(name, "tinyint", "bare", options);
}

/** A flag 0/1 with default NULL, like most of the source's flags. */
export function flag(name: string, options?: ColumnOptions): Column {
  return column(name, "tinyint(1)", "bare", options);
}

/** A decimal number, by default an amount in whole yen. */
export function decimal(name: string, precision = 10, scale = 0, options?: ColumnOptions): Column {
  return column(name, `decimal(${precision},${scale})`, "bare", options);
}

export function double(name: string, options?: ColumnOptions): Column {
  return column(name, "double", "bare", options);
}

export function varchar(name: string, length = 191, options?: ColumnOptions): Column {
  return column(name, `varchar(${length}) COLLATE utf8mb4_unicode_ci`, "text", options);
}

/** `SHOW CREATE TABLE` prints no default for TEXT columns. */
export function text(name: string, options: ColumnOptions = {}): Column {
  const { default: _none, ...rest } = column(name, "text COLLATE utf8mb4_unicode_ci", "text", options);
  return rest;
}

export function date(name: string, options?: ColumnOptions): Column {
  return column(name, "date", "quoted", options);
}

export function datetime(name: string, options?: ColumnOptions): Column {
  return column(name, "datetime", "quoted", options);
}

/** `timestamp NULL DEFAULT NULL`; mysqldump writes it in UTC. */
export function timestamp(name: string, options: ColumnOptions = {}): Column {
  const isNullable = options.isNullable ?? true;
  return column(name, isNullable ? "timestamp NULL" : "timestamp", "quoted", options);
}

/** The last two columns of every table that has dates. */
export function timestamps(): Column[] {
  return [timestamp("created_at"), timestamp("updated_at")];
}

export function json(name: string, options?: ColumnOptions): Column {
  return column(name, "json", "text", options);
}

export function blob(name: string): Column {
  const { default: _none, ...rest } = column(name, "mediumblob", "binary");
  return rest;
}

export function binary(name: string, length: number): Column {
  return column(name, `binary(${length})`, "binary");
}

export function bit(name: string): Column {
  return column(name, "bit(1)", "binary", { default: "b'0'" });
}

export function enumeration(name: string, values: readonly string[], options?: ColumnOptions): Column {
  const list = values.map((value) => `'${value}'`).join(",");
  return column(name, `enum(${list}) COLLATE utf8mb4_unicode_ci`, "text", options);
}
