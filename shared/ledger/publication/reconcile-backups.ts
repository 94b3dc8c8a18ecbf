import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { listTables } from "../../warehouse/tables/publish-set.ts";
import { tokyoDay } from "../../time/tokyo-day.ts";
import { parseBackupName } from "./backup-names.ts";

interface RecordedRow extends RowDataPacket {
  schema_name: string;
  backup_table: string;
}

/**
 * Makes the ledger's list of a layer's backups match the existing tables. They differ after a restore was killed between
 * its RENAME and its record: the list would still offer the table that is live, and never offer or drop the one that was
 * replaced. The caller holds the layer's lock.
 */
export async function reconcileBackups(connection: Connection, pool: Pool, layer: string): Promise<void> {
  const [recorded] = await pool.query<RecordedRow[]>(
    "SELECT schema_name, backup_table FROM backup WHERE layer = ? AND dropped_at IS NULL",
    [layer],
  );
  for (const [schema, rows] of Map.groupBy(recorded, ({ schema_name: name }) => name)) {
    const standing = new Set(await listTables(connection, schema));
    const known = new Set(rows.map(({ backup_table: table }) => table));
    for (const table of known) {
      if (standing.has(table)) continue;
      await pool.query("DELETE FROM backup WHERE schema_name = ? AND backup_table = ?", [schema, table]);
    }
    for (const backupTable of standing) {
      const parsed = known.has(backupTable) ? undefined : parseBackupName(backupTable);
      if (parsed === undefined) continue;
      await pool.query(
        `INSERT IGNORE INTO backup (schema_name, backup_table, table_name, layer, run_id, taken_on, taken_at)
          VALUES (?, ?, ?, ?, 'restore', ?, ?)`,
        [schema, backupTable, parsed.table, layer, tokyoDay(parsed.takenAt), parsed.takenAt],
      );
    }
  }
}
