import type { Connection, RowDataPacket } from "mysql2/promise";
import { errnoOf } from "../../warehouse/connection/errno-of.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { LIVE_TABLE } from "../definitions/own-tables.ts";
import { recordsOf, valuesOf, type RecordRow, type TableRecord } from "./table-records.ts";

/**
 * Records of live tables for `baton load`, stored with the loader's progress in the `next` schema. The pipeline stores
 * its records in the ledger.
 */
export class LiveRecords {
  private readonly connection: Connection;
  private readonly table: string;

  constructor(connection: Connection, nextSchema: string) {
    this.connection = connection;
    this.table = quoteTable(nextSchema, LIVE_TABLE);
  }

  /** Returns the records by table name; empty when nothing was ever loaded. */
  async read(): Promise<Map<string, TableRecord>> {
    try {
      const [rows] = await this.connection.query<(RowDataPacket & RecordRow)[]>(
        `SELECT table_name, content_hash, row_count, byte_count, signature FROM ${this.table}`,
      );
      return recordsOf(rows);
    } catch (error) {
      if (isMissing(error)) return new Map();
      throw error;
    }
  }

  /** Replaces all records, in one transaction. */
  async replace(records: ReadonlyMap<string, TableRecord>): Promise<void> {
    await this.connection.query(
      `CREATE TABLE IF NOT EXISTS ${this.table} (
        table_name varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
        content_hash char(64) CHARACTER SET ascii NOT NULL,
        row_count bigint NOT NULL,
        byte_count bigint NOT NULL,
        signature varchar(255) CHARACTER SET ascii NOT NULL,
        recorded_at datetime(6) NOT NULL
      ) ENGINE=InnoDB COMMENT='what the loader has made live'`,
    );
    await this.connection.beginTransaction();
    await this.connection.query(`DELETE FROM ${this.table}`);
    const rows = [...records].map(valuesOf);
    if (rows.length > 0) {
      await this.connection.query(
        `INSERT INTO ${this.table} (table_name, content_hash, row_count, byte_count, signature, recorded_at)
          VALUES ${rows.map(() => "(?, UTC_TIMESTAMP(6))").join(", ")}`,
        rows,
      );
    }
    await this.connection.commit();
  }
}

/** True when the schema or the table does not exist. */
export function isMissing(error: unknown): boolean {
  return [1146, 1049].includes(errnoOf(error) ?? 0);
}
