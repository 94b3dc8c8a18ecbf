import type { Logger } from "@aws-lambda-powertools/logger";
import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { connect } from "../../warehouse/connection/connect.ts";
import { dropTables } from "../../warehouse/tables/publish-set.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { dayOf } from "../../time/business-day.ts";
import type { OpenLedger } from "../open-ledger.ts";

/** Days that a backup is kept. */
const KEEP_DAYS = 3;

/** A backup that the ledger lists and nobody has dropped. */
export interface ExistingBackup {
  schema: string;
  backupTable: string;
  table: string;
  /** Backups of a layer with the same ID were one set; undefined for the backup of a single table. */
  setId: string | undefined;
  takenOn: string;
  takenAt: Date;
}

/**
 * Chooses the backups of a layer to drop. Of each day the first set is kept, which was live before the day's first
 * publication, for three days; the newest of these sets always stays. Sets are kept or dropped whole. The backup of a
 * single table is kept for three days unless that day's set has the table.
 *
 * @param today day in the source's time zone, `YYYY-MM-DD`
 */
export function backupsToDrop(backups: readonly ExistingBackup[], today: string): ExistingBackup[] {
  const oldest = new Date(Date.parse(today) - KEEP_DAYS * 86_400_000).toISOString().slice(0, 10);
  const inOrder = backups.toSorted((a, b) => a.takenAt.getTime() - b.takenAt.getTime());
  const firstOfDay = new Map<string, string>();
  for (const { takenOn, setId } of inOrder) {
    if (setId !== undefined && !firstOfDay.has(takenOn)) firstOfDay.set(takenOn, setId);
  }
  const newestDay = [...firstOfDay.keys()].at(-1);
  const keptSets = new Set(
    [...firstOfDay].flatMap(([day, setId]) => (day >= oldest || day === newestDay ? [setId] : [])),
  );
  const dayOf = ({ schema, table, takenOn }: ExistingBackup): string => `${takenOn} ${schema}.${table}`;
  const kept = new Map<string, ExistingBackup>();
  for (const backup of inOrder) {
    if (backup.setId !== undefined && keptSets.has(backup.setId)) kept.set(dayOf(backup), backup);
  }
  for (const backup of inOrder) {
    if (backup.setId === undefined && backup.takenOn >= oldest && !kept.has(dayOf(backup))) {
      kept.set(dayOf(backup), backup);
    }
  }
  const staying = new Set(kept.values());
  return inOrder.filter((backup) => !staying.has(backup));
}

interface BackupRow extends RowDataPacket {
  schema_name: string;
  backup_table: string;
  table_name: string;
  set_id: string | null;
  taken_on: string;
  taken_at: Date;
}

/** Drops the layer's backups that are not kept. A failure is only logged: the next publication tries again. */
export async function cleanUpBackups(
  ports: { warehouse: WarehouseConfig; ledger: OpenLedger; logger: Logger },
  layer: string,
): Promise<void> {
  try {
    const connection = await connect(ports.warehouse);
    try {
      const standing = await existingBackups(ports.ledger.pool, layer);
      await dropBackups(connection, ports.ledger.pool, backupsToDrop(standing, dayOf(new Date())));
    } finally {
      await connection.end();
    }
  } catch (error) {
    ports.logger.warn("old backups could not be dropped", { error: String(error) });
  }
}

async function existingBackups(pool: Pool, layer: string): Promise<ExistingBackup[]> {
  const [rows] = await pool.query<BackupRow[]>(
    `SELECT schema_name, backup_table, table_name, set_id, taken_on, taken_at FROM backup
      WHERE layer = ? AND dropped_at IS NULL`,
    [layer],
  );
  return rows.map((row) => ({
    schema: row.schema_name,
    backupTable: row.backup_table,
    table: row.table_name,
    setId: row.set_id ?? undefined,
    takenOn: row.taken_on,
    takenAt: row.taken_at,
  }));
}

async function dropBackups(connection: Connection, pool: Pool, backups: readonly ExistingBackup[]): Promise<void> {
  for (const { schema, backupTable } of backups) {
    await dropTables(connection, schema, [backupTable]);
    await pool.query("UPDATE backup SET dropped_at = UTC_TIMESTAMP(6) WHERE schema_name = ? AND backup_table = ?", [
      schema,
      backupTable,
    ]);
  }
}
