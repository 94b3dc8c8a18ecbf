import type { Connection, RowDataPacket } from "mysql2/promise";

/** A column of a table, as the server reports it. */
export interface ShapeColumn {
  name: string;
  /** DATA_TYPE in information_schema, lower case. */
  type: string;
  /** Undefined for types without text. */
  charset: string | undefined;
  isNullable: boolean;
  /** True when the server computes its values. */
  isGenerated: boolean;
}

/** What is needed to read, split and compare a table. */
export interface TableShape {
  schema: string;
  table: string;
  /** In the table's order. */
  columns: readonly ShapeColumn[];
  /** The columns of the primary key, else of a unique key without NULL; empty when there is neither. */
  key: readonly ShapeColumn[];
  /** Estimates of the server. */
  rows: number;
  bytes: number;
}

interface ColumnRow extends RowDataPacket {
  name: string;
  type: string;
  charset: string | null;
  nullable: string;
  extra: string;
}

interface KeyRow extends RowDataPacket {
  name: string;
  part: string | null;
  isPrefix: number;
}

/** Reads the shape of a table; undefined when it does not exist or is a view. */
export async function readTableShape(
  connection: Connection,
  schema: string,
  table: string,
): Promise<TableShape | undefined> {
  const where = "WHERE table_schema = ? AND table_name = ?";
  const [[size]] = await connection.query<(RowDataPacket & { count: number; bytes: number })[]>(
    `SELECT COALESCE(table_rows, 0) AS count, COALESCE(data_length, 0) AS bytes
      FROM information_schema.tables ${where} AND table_type <> 'VIEW'`,
    [schema, table],
  );
  if (size === undefined) return undefined;
  const [found] = await connection.query<ColumnRow[]>(
    `SELECT column_name AS name, LOWER(data_type) AS type, character_set_name AS charset, is_nullable AS nullable,
        extra AS extra
      FROM information_schema.columns ${where} ORDER BY ordinal_position`,
    [schema, table],
  );
  const columns = found.map(({ name, type, charset, nullable, extra }) => ({
    name,
    type,
    charset: charset ?? undefined,
    isNullable: nullable === "YES",
    // MySQL also writes DEFAULT_GENERATED, for a default that is an expression
    isGenerated: /\b(?:stored|virtual) generated/i.test(extra),
  }));
  const [parts] = await connection.query<KeyRow[]>(
    `SELECT index_name AS name, column_name AS part, sub_part IS NOT NULL AS isPrefix
      FROM information_schema.statistics ${where} AND non_unique = 0
      ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index`,
    [schema, table],
  );
  return {
    schema,
    table,
    columns,
    key: chooseKey(columns, parts),
    rows: Number(size.count),
    bytes: Number(size.bytes),
  };
}

function chooseKey(columns: readonly ShapeColumn[], parts: readonly KeyRow[]): ShapeColumn[] {
  for (const name of new Set(parts.map((part) => part.name))) {
    const own = parts.filter((part) => part.name === name);
    const key = own.flatMap(({ part }) => columns.filter((column) => column.name === part && !column.isNullable));
    // a key on an expression or a prefix does not name rows by columns
    if (key.length === own.length && own.every(({ isPrefix }) => isPrefix === 0)) return key;
  }
  return [];
}
