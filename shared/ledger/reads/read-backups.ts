import type { Pool, RowDataPacket } from "mysql2/promise";

/** A backup that can be restored. */
export interface ListedBackup {
  layer: string;
  table: string;
  schema: string;
  backupTable: string;
  /** The run whose publication replaced it. */
  runId: string;
  /** The run whose set it was while it was live; undefined when that is not known. */
  setRunId: string | undefined;
  /** Backups of a layer with the same ID were one set; undefined for the backup of a single table. */
  setId: string | undefined;
  /** The SELECT of a view, which has no backup table. */
  viewSelect: string | undefined;
  takenAt: Date;
}

/** The business date that a backup holds, with which the ID of its run begins; undefined when that is not known. */
export function businessDateOf({ setRunId }: ListedBackup): string | undefined {
  return setRunId?.slice(0, 10);
}

interface BackupRow extends RowDataPacket {
  layer: string;
  table_name: string;
  schema_name: string;
  backup_table: string;
  run_id: string;
  set_run_id: string | null;
  set_id: string | null;
  view_select: string | null;
  taken_at: Date;
  dropped_at: Date | null;
}

/** Lists the backups that nobody has dropped, newest first. */
export async function listBackups(pool: Pool, layer?: string): Promise<ListedBackup[]> {
  return (await readBackups(pool, layer)).flatMap(({ isDropped, ...backup }) => (isDropped ? [] : [backup]));
}

/** All backups, also dropped ones, newest first. */
export async function readBackups(pool: Pool, layer?: string): Promise<(ListedBackup & { isDropped: boolean })[]> {
  const [rows] = await pool.query<BackupRow[]>(
    "SELECT * FROM backup WHERE ? IS NULL OR layer = ? ORDER BY taken_at DESC, schema_name, table_name",
    [layer ?? null, layer ?? null],
  );
  return rows.map((row) => ({
    layer: row.layer,
    table: row.table_name,
    schema: row.schema_name,
    backupTable: row.backup_table,
    runId: row.run_id,
    setRunId: row.set_run_id ?? undefined,
    setId: row.set_id ?? undefined,
    viewSelect: row.view_select ?? undefined,
    takenAt: row.taken_at,
    isDropped: row.dropped_at !== null,
  }));
}
