import type { Connection, RowDataPacket } from "mysql2/promise";
import type { BackupSet, LiveLayer } from "./report.ts";

interface LiveRow extends RowDataPacket {
  layer: string;
  run_id: string;
  business_date: string;
  published_at: Date;
}

interface BackupRow extends RowDataPacket {
  layer: string;
  run_id: string;
  business_date: string | null;
  taken_at: Date;
  tables: number;
}

/** Reads the live tables of each layer, in the order of the layer table. */
export async function readLive(connection: Connection, layers: readonly string[]): Promise<LiveLayer[]> {
  const [rows] = await connection.query<LiveRow[]>(
    "SELECT layer, run_id, business_date, published_at FROM live_set ORDER BY published_at",
  );
  return rows
    .map((row) => ({
      layer: row.layer,
      runId: row.run_id,
      businessDate: row.business_date,
      publishedAt: row.published_at.toISOString(),
    }))
    .sort((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
}

/** Reads the existing backups, grouped by publication, newest first. */
export async function readBackups(connection: Connection): Promise<BackupSet[]> {
  const [rows] = await connection.query<BackupRow[]>(
    `SELECT backup.layer, backup.run_id, MAX(backup.taken_at) AS taken_at, COUNT(*) AS tables,
        IF(COUNT(DISTINCT COALESCE(backup.set_run_id, '')) = 1, MAX(was.business_date), NULL) AS business_date
      FROM backup LEFT JOIN run AS was ON was.run_id = backup.set_run_id
      WHERE backup.dropped_at IS NULL GROUP BY backup.layer, backup.run_id ORDER BY taken_at DESC, backup.layer`,
  );
  return rows.map((row) => ({
    layer: row.layer,
    runId: row.run_id,
    businessDate: row.business_date,
    takenAt: row.taken_at.toISOString(),
    tables: row.tables,
  }));
}
