import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { NOTES_TABLE } from "../definitions/own-tables.ts";
import type { LoadSession } from "./load-session.ts";

/** Record of a loaded table, used later to decide whether to load it again. */
export interface TableRecord {
  contentHash: string;
  rows: number;
  bytes: number;
  /** The server's signature of the table; see `readSignatures`. */
  signature: string;
}

/** A record as a table stores it. */
export interface RecordRow {
  table_name: string;
  content_hash: string;
  row_count: number;
  byte_count: number;
  signature: string | null;
}

/** Returns stored records by table name. */
export function recordsOf(rows: readonly RecordRow[]): Map<string, TableRecord> {
  return new Map(
    rows.map(({ table_name: name, content_hash: contentHash, row_count: rows, byte_count: bytes, signature }) => [
      name,
      { contentHash, rows: Number(rows), bytes: Number(bytes), signature: signature ?? "" },
    ]),
  );
}

/** Returns a record as values for the columns of `RecordRow`. */
export function valuesOf([name, record]: readonly [name: string, record: TableRecord]): (string | number)[] {
  return [name, record.contentHash, record.rows, record.bytes, record.signature];
}

/** Part number for a complete table. */
const WHOLE = -1;
/** Part number for a table that is complete except for its foreign keys. */
export const KEYED = -2;

/**
 * The loader's records of the parts and tables that are already in the `next` schema, so that a later attempt continues
 * where an earlier one stopped. They are dropped with that schema.
 */
export class TableRecords {
  private readonly table: string;

  constructor(nextSchema: string) {
    this.table = quoteTable(nextSchema, NOTES_TABLE);
  }

  /** Creates the table for the records when it is missing. */
  async prepare(session: LoadSession): Promise<void> {
    await session.run(
      `CREATE TABLE IF NOT EXISTS ${this.table} (
        table_name varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        part int NOT NULL COMMENT 'number of a part; -1: the whole table; -2: all but its foreign keys',
        content_hash char(64) CHARACTER SET ascii NOT NULL,
        row_count bigint NOT NULL,
        byte_count bigint NOT NULL,
        signature varchar(255) CHARACTER SET ascii DEFAULT NULL,
        recorded_at datetime(6) NOT NULL,
        PRIMARY KEY (table_name, part)
      ) ENGINE=InnoDB COMMENT='what the loader has already loaded here'`,
    );
  }

  /** Returns the complete tables, by name. */
  async whole(session: LoadSession): Promise<Map<string, TableRecord>> {
    return recordsOf(
      await session.rows<RecordRow>(
        `SELECT table_name, content_hash, row_count, byte_count, signature FROM ${this.table} WHERE part = ${WHOLE}`,
      ),
    );
  }

  /** Returns the loaded parts of a table, and `KEYED` if only its foreign keys are missing: numbers and row counts. */
  async parts(session: LoadSession, table: string, contentHash: string): Promise<Map<number, number>> {
    const rows = await session.rows<{ part: number; row_count: number }>(
      `SELECT part, row_count FROM ${this.table} WHERE table_name = ? AND content_hash = ? AND part <> ${WHOLE}`,
      [table, contentHash],
    );
    return new Map(rows.map((row) => [row.part, Number(row.row_count)]));
  }

  /** Returns the names of all tables with records. */
  async names(session: LoadSession): Promise<string[]> {
    const rows = await session.rows<{ name: string }>(`SELECT DISTINCT table_name AS name FROM ${this.table}`);
    return rows.map(({ name }) => name);
  }

  /** Removes the records of these tables. */
  async forget(session: LoadSession, tables: readonly string[]): Promise<void> {
    if (tables.length === 0) return;
    await session.rows(`DELETE FROM ${this.table} WHERE table_name IN (${tables.map(() => "?").join(", ")})`, tables);
  }

  /** Records a part, in the transaction that loads it. */
  async addPart(
    session: LoadSession,
    { table, part, contentHash, rows }: { table: string; part: number; contentHash: string; rows: number },
  ): Promise<void> {
    await session.rows(
      `INSERT INTO ${this.table} (table_name, part, content_hash, row_count, byte_count, recorded_at)
        VALUES (?, ?, ?, ?, 0, UTC_TIMESTAMP(6))`,
      [table, part, contentHash, rows],
    );
  }

  /** Records tables as complete. */
  async markComplete(
    session: LoadSession,
    tables: readonly (readonly [name: string, record: TableRecord])[],
  ): Promise<void> {
    await session.rows(
      `REPLACE INTO ${this.table} (table_name, part, content_hash, row_count, byte_count, signature, recorded_at)
        VALUES ${tables.map(() => `(?, ${WHOLE}, ?, ?, ?, ?, UTC_TIMESTAMP(6))`).join(", ")}`,
      tables.flatMap(valuesOf),
    );
  }
}
