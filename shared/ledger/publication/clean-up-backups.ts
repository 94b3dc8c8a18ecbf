import type { Logger } from "@aws-lambda-powertools/logger";
import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { connect } from "../../warehouse/connection/connect.ts";
import { dropTables } from "../../warehouse/tables/publish-set.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { tokyoDay } from "../../time/tokyo-day.ts";
import type { OpenLedger } from "../open-ledger.ts";
import { reconcileBackups } from "./reconcile-backups.ts";

/** Days that a backup is kept. */
const KEEP_DAYS = 3;

/** An existing backup, as recorded in the ledger. */
export interface StandingBackup {
  schema: string;
  backupTable: string;
  table: string;
  takenOn: string;
  takenAt: Date;
}

/**
 * Chooses the backups to drop: all but the first of a table's day (what was live before the day's first publication),
 * and those older than three days; the newest of a table always stays.
 *
 * @param today Tokyo day, `YYYY-MM-DD`
 */
export function backupsToDrop(backups: readonly StandingBackup[], today: string): StandingBackup[] {
  const oldest = new Date(Date.parse(today) - KEEP_DAYS * 86_400_000).toISOString().slice(0, 10);
  const byTable = Map.groupBy(backups, ({ schema, table }) => `${schema}.${table}`);
  return [...byTable.values()].flatMap((ofTable) => {
    const inOrder = ofTable.toSorted((a, b) => a.takenAt.getTime() - b.takenAt.getTime());
    const firstOfDay = inOrder.filter(
      (backup, index) => inOrder.findIndex(({ takenOn }) => takenOn === backup.takenOn) === index,
    );
    const kept = new Set(
      firstOfDay.filter(({ takenOn }, index) => takenOn >= oldest || index === firstOfDay.length - 1),
    );
    return inOrder.filter((backup) => !kept.has(backup));
  });
}

interface BackupRow extends RowDataPacket {
  schema_name: string;
  backup_table: string;
  table_name: string;
  taken_on: string;
  taken_at: Date;
}

/** Drops the layer's backups that are not kept. A table that cannot be dropped is logged and tried next time. */
export async function cleanUpBackups(
  ports: { warehouse: WarehouseConfig; ledger: OpenLedger; logger: Logger },
  layer: string,
): Promise<void> {
  try {
    const connection = await connect(ports.warehouse);
    try {
      await reconcileBackups(connection, ports.ledger.pool, layer);
      const standing = await standingBackups(ports.ledger.pool, layer);
      await dropBackups(connection, ports.ledger.pool, backupsToDrop(standing, tokyoDay(new Date())));
    } finally {
      await connection.end();
    }
  } catch (error) {
    ports.logger.warn("old backups could not be dropped", { error: String(error) });
  }
}

async function standingBackups(pool: Pool, layer: string): Promise<StandingBackup[]> {
  const [rows] = await pool.query<BackupRow[]>(
    "SELECT schema_name, backup_table, table_name, taken_on, taken_at FROM backup WHERE layer = ? AND dropped_at IS NULL",
    [layer],
  );
  return rows.map((row) => ({
    schema: row.schema_name,
    backupTable: row.backup_table,
    table: row.table_name,
    takenOn: row.taken_on,
    takenAt: row.taken_at,
  }));
}

async function dropBackups(connection: Connection, pool: Pool, backups: readonly StandingBackup[]): Promise<void> {
  for (const { schema, backupTable } of backups) {
    await dropTables(connection, schema, [backupTable]);
    await pool.query("UPDATE backup SET dropped_at = UTC_TIMESTAMP(6) WHERE schema_name = ? AND backup_table = ?", [
      schema,
      backupTable,
    ]);
  }
}
