import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import { listTables, renameAll, type Rename } from "../../warehouse/tables/publish-set.ts";
import { PermanentError, TransientError } from "../../errors/errors.ts";
import { tokyoDay } from "../../time/tokyo-day.ts";
import { backupNameOf, freeInstant } from "./backup-names.ts";
import { takeLayerLock } from "../claims/layer-lock.ts";
import { readLiveSets } from "../reads/read-live-sets.ts";
import { reconcileBackups } from "./reconcile-backups.ts";

/** A backup that can be restored. */
export interface ListedBackup {
  layer: string;
  table: string;
  schema: string;
  backupTable: string;
  /** The run whose publication replaced it. */
  runId: string;
  /** The run whose set it was part of while it was live; undefined when that is not known. */
  setRunId: string | undefined;
  takenAt: Date;
}

/** A table that was swapped with its backup; names are `schema.table`. */
export interface RestoredTable {
  from: string;
  to: string;
  /** The backup of the replaced table; undefined when none was live. */
  keptAs: string | undefined;
}

/** What to restore: one table, or all tables that one publication of a layer replaced. */
export interface RestoreChoice {
  table: string | undefined;
  layer: string | undefined;
  /** Choose the newest backup taken at or before this time. */
  at: Date | undefined;
  dryRun: boolean;
}

interface BackupRow extends RowDataPacket {
  layer: string;
  table_name: string;
  schema_name: string;
  backup_table: string;
  run_id: string;
  set_run_id: string | null;
  taken_at: Date;
}

/** The connection that holds the lock is idle while the swap is planned. */
const LOCK_IDLE_SECONDS = 60;

/** Lists the existing backups, newest first. */
export async function listBackups(pool: Pool, layer?: string): Promise<ListedBackup[]> {
  const [rows] = await pool.query<BackupRow[]>(
    `SELECT layer, table_name, schema_name, backup_table, run_id, set_run_id, taken_at FROM backup
      WHERE dropped_at IS NULL AND (? IS NULL OR layer = ?) ORDER BY taken_at DESC, table_name`,
    [layer ?? null, layer ?? null],
  );
  return rows.map((row) => ({
    layer: row.layer,
    table: row.table_name,
    schema: row.schema_name,
    backupTable: row.backup_table,
    runId: row.run_id,
    setRunId: row.set_run_id ?? undefined,
    takenAt: row.taken_at,
  }));
}

/** The backups of a choice: those of the newest publication that matches. */
function choose(backups: readonly ListedBackup[], choice: RestoreChoice): ListedBackup[] {
  const fitting = backups.filter(
    ({ table, layer, takenAt }) =>
      (choice.table === undefined || table === choice.table) &&
      (choice.layer === undefined || layer === choice.layer) &&
      (choice.at === undefined || takenAt <= choice.at),
  );
  const newest = fitting[0];
  if (newest === undefined) {
    const what = choice.table ?? `layer ${choice.layer ?? ""}`;
    const until = choice.at === undefined ? "" : ` taken until ${choice.at.toISOString()}`;
    throw new PermanentError("BACKUP_UNKNOWN", `there is no backup of ${what}${until}`, {
      kind: "input",
      advice: "List the backups: ./baton backups list",
    });
  }
  return fitting.filter(({ layer, runId, takenAt }) => {
    return layer === newest.layer && runId === newest.runId && takenAt.getTime() === newest.takenAt.getTime();
  });
}

/**
 * Makes backups live in one statement and keeps the replaced tables as new backups.
 *
 * @throws PermanentError BACKUP_UNKNOWN when no backup matches the choice
 * @throws TransientError LAYER_BUSY while the layer runs
 */
export async function restoreBackups(
  { warehouse, pool }: { warehouse: WarehouseConfig; pool: Pool },
  choice: RestoreChoice,
): Promise<RestoredTable[]> {
  const layer = choice.layer ?? choose(await listBackups(pool), choice)[0]?.layer ?? "";
  const lock = await takeLayerLock(warehouse, layer, LOCK_IDLE_SECONDS);
  if (lock === undefined) {
    throw new TransientError("LAYER_BUSY", `${layer} is running: it would replace what is restored`, {
      kind: "database",
      advice: "Wait until it ends: ./baton status",
    });
  }
  try {
    await reconcileBackups(lock.connection, pool, layer);
    const plan = await planSwap(lock.connection, choose(await listBackups(pool, layer), choice));
    if (!choice.dryRun) {
      const replaced = (await readLiveSets(pool)).get(layer)?.runId;
      // if this is killed, the live tables belong to no recorded set: no later layer may build on them
      await pool.query("DELETE FROM live_set WHERE layer = ?", [layer]);
      await renameAll(
        lock.connection,
        plan.flatMap(({ renames }) => renames),
      );
      const set = choice.layer === undefined ? replaced : setOf(plan);
      await record(pool, layer, { swaps: plan, replaced, set });
    }
    return plan.map(({ restored }) => restored);
  } finally {
    await lock.release();
  }
}

interface Swap {
  backup: ListedBackup;
  renames: Rename[];
  restored: RestoredTable;
  kept: { schema: string; backupTable: string; takenOn: string } | undefined;
}

async function planSwap(connection: Connection, chosen: readonly ListedBackup[]): Promise<Swap[]> {
  const swaps: Swap[] = [];
  const taken = new Set<string>();
  for (const schema of new Set(chosen.map((backup) => backup.schema))) {
    for (const name of await listTables(connection, schema)) taken.add(name);
  }
  const tables = chosen.map(({ table }) => table);
  const now = freeInstant(tables, taken, new Date());
  for (const backup of chosen) {
    const { schema, backupTable, table } = backup;
    const live = schema.replace(/_backup$/, "");
    const isLive = (await listTables(connection, live)).includes(table);
    const keptTable = backupNameOf(table, now);
    const keep = { from: { schema: live, table }, to: { schema, table: keptTable } };
    const back = { from: { schema, table: backupTable }, to: { schema: live, table } };
    swaps.push({
      backup,
      renames: isLive ? [keep, back] : [back],
      restored: {
        from: `${schema}.${backupTable}`,
        to: `${live}.${table}`,
        keptAs: isLive ? `${schema}.${keptTable}` : undefined,
      },
      kept: isLive ? { schema, backupTable: keptTable, takenOn: tokyoDay(now) } : undefined,
    });
  }
  return swaps;
}

/** The run whose set the restored tables were; undefined when they belong to several runs or that is not known. */
function setOf(swaps: readonly Swap[]): string | undefined {
  const runs = new Set(swaps.map(({ backup }) => backup.setRunId));
  return runs.size === 1 ? [...runs][0] : undefined;
}

interface Restoration {
  swaps: readonly Swap[];
  /** Run whose set was live before. */
  replaced: string | undefined;
  /** Run whose set is live from now on. */
  set: string | undefined;
}

async function record(pool: Pool, layer: string, { swaps, replaced, set }: Restoration): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await connection.query("SET @taken_at = UTC_TIMESTAMP(6)");
    for (const { backup, kept } of swaps) {
      await connection.query("DELETE FROM backup WHERE schema_name = ? AND backup_table = ?", [
        backup.schema,
        backup.backupTable,
      ]);
      if (kept === undefined) continue;
      await connection.query(
        `INSERT INTO backup (schema_name, backup_table, table_name, layer, run_id, set_run_id, taken_on, taken_at)
          VALUES (?, ?, ?, ?, 'restore', ?, ?, @taken_at)`,
        [kept.schema, kept.backupTable, backup.table, layer, replaced ?? null, kept.takenOn],
      );
    }
    await connection.query(
      `INSERT INTO live_set (layer, run_id, business_date, published_at)
        SELECT ?, run_id, business_date, UTC_TIMESTAMP(6) FROM run WHERE run_id = ?`,
      [layer, set ?? ""],
    );
  });
}
