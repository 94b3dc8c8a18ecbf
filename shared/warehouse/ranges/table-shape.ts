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

interface SizeRow extends RowDataPacket {
  owner: string;
  count: number;
  bytes: number;
}

interface ColumnRow extends RowDataPacket {
  owner: string;
  name: string;
  type: string;
  charset: string | null;
  nullable: string;
  extra: string;
}

interface KeyRow extends RowDataPacket {
  owner: string;
  name: string;
  part: string | null;
  isPrefix: number;
}

/** Reads the shapes of a schema's tables, without its views, by name. */
export async function readTableShapes(connection: Connection, schema: string): Promise<Map<string, TableShape>> {
  const [sizes] = await connection.query<SizeRow[]>(
    `SELECT table_name AS owner, COALESCE(table_rows, 0) AS count, COALESCE(data_length, 0) AS bytes
      FROM information_schema.tables
      WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name`,
    [schema],
  );
  const [columns] = await connection.query<ColumnRow[]>(
    `SELECT table_name AS owner, column_name AS name, LOWER(data_type) AS type, character_set_name AS charset,
        is_nullable AS nullable, extra AS extra
      FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position`,
    [schema],
  );
  const [parts] = await connection.query<KeyRow[]>(
    `SELECT table_name AS owner, index_name AS name, column_name AS part, sub_part IS NOT NULL AS isPrefix
      FROM information_schema.statistics WHERE table_schema = ? AND non_unique = 0
      ORDER BY table_name, index_name <> 'PRIMARY', index_name, seq_in_index`,
    [schema],
  );
  const columnsOf = Map.groupBy(columns, ({ owner }) => owner);
  const partsOf = Map.groupBy(parts, ({ owner }) => owner);
  return new Map(
    sizes.map(({ owner: table, count, bytes }) => {
      const own = (columnsOf.get(table) ?? []).map(columnOf);
      const key = chooseKey(own, partsOf.get(table) ?? []);
      return [table, { schema, table, columns: own, key, rows: Number(count), bytes: Number(bytes) }];
    }),
  );
}

function columnOf({ name, type, charset, nullable, extra }: ColumnRow): ShapeColumn {
  return {
    name,
    type,
    charset: charset ?? undefined,
    isNullable: nullable === "YES",
    // MySQL also writes DEFAULT_GENERATED, for a default that is an expression
    isGenerated: /\b(?:stored|virtual) generated/i.test(extra),
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
