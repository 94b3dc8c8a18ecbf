import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { LayerStats } from "../../../events/schemas.ts";
import { listTables, renameAll, type Rename } from "../../warehouse/tables/publish-set.ts";
import { inTransactionOn } from "../../warehouse/connection/transaction.ts";
import { TransientError } from "../../errors/errors.ts";
import { SupersededError } from "../../errors/superseded-error.ts";
import { fromJson } from "../schema/rows.ts";
import { requireFence, type AttemptKey } from "../claims/settle.ts";

/** A table that the publication makes live; the next run compares its own content with it. */
export interface PublishedTable {
  schema: string;
  table: string;
  contentHash: string;
  rows: number;
  bytes: number;
  signature: string;
}

/** A backup that the publication makes. */
export interface TakenBackup {
  schema: string;
  backupTable: string;
  table: string;
  /** Tokyo day, `YYYY-MM-DD`. */
  takenOn: string;
}

/** Everything that a publication decides; recorded before the rename and settled after it. */
export interface PublicationPlan {
  businessDate: string;
  renames: readonly Rename[];
  stats: LayerStats;
  /** Live tables to record by content. */
  publishedTables: readonly PublishedTable[];
  removedTables: readonly { schema: string; table: string }[];
  backups: readonly TakenBackup[];
  /** The layer whose live tables this one was built from; its set must still be this run's. */
  upstream: string | undefined;
}

interface PublicationRow extends RowDataPacket {
  run_id: string;
  attempt: number;
  plan: PublicationPlan | string;
}

/**
 * Publishes a set: records the intent while the ledger holds this attempt, renames, records it as done.
 *
 * @param lockConnection holds the layer's lock, so a session that lost the lock cannot rename; its default schema is
 *   the ledger's
 * @throws FenceLostError when another attempt took the layer over
 * @throws SupersededError when a newer run replaced the tables that this set was built from
 * @throws TransientError UPSTREAM_PUBLISHING when one may be replacing them now
 * @see docs/architecture.md, "The life of an attempt"
 */
export async function publishPlan(lockConnection: Connection, key: AttemptKey, plan: PublicationPlan): Promise<void> {
  await inTransactionOn(lockConnection, async () => {
    await requireFence(lockConnection, key);
    await requireUpstream(lockConnection, key, plan.upstream);
    await lockConnection.query(
      `INSERT INTO publication (run_id, layer, attempt, state, plan, intended_at)
        VALUES (?, ?, ?, 'intended', ?, UTC_TIMESTAMP(6))`,
      [key.runId, key.layer, key.attempt, JSON.stringify(plan)],
    );
  });
  // DDL cannot be part of the transaction; but the next attempt ends this connection before it claims
  await renameAll(lockConnection, plan.renames);
  await settleAsDone(lockConnection, key, plan);
}

async function requireUpstream(connection: Connection, key: AttemptKey, upstream: string | undefined): Promise<void> {
  if (upstream === undefined) return;
  // same lock order as settleAsDone, publication before live_set: the other order could deadlock
  const [[intent]] = await connection.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM publication WHERE layer = ? AND state = 'intended' LIMIT 1 LOCK IN SHARE MODE",
    [upstream],
  );
  if (intent !== undefined) {
    throw new TransientError(
      "UPSTREAM_PUBLISHING",
      `run ${intent.run_id} is publishing ${upstream}: ${key.layer} may have read tables of two runs`,
      { kind: "database", retryAfterSeconds: 10, advice: "No action is needed: the layer retries." },
    );
  }
  const [[set]] = await connection.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM live_set WHERE layer = ? LOCK IN SHARE MODE",
    [upstream],
  );
  if (set?.run_id !== key.runId) throw new SupersededError(key.runId, key.layer, set?.run_id ?? "(none)");
}

async function settleAsDone(connection: Connection, key: AttemptKey, plan: PublicationPlan): Promise<void> {
  await inTransactionOn(connection, async () => {
    await connection.query(
      `UPDATE publication SET state = 'done', settled_at = UTC_TIMESTAMP(6)
        WHERE run_id = ? AND layer = ? AND attempt = ?`,
      [key.runId, key.layer, key.attempt],
    );
    const [[replaced]] = await connection.query<(RowDataPacket & { run_id: string })[]>(
      "SELECT run_id FROM live_set WHERE layer = ?",
      [key.layer],
    );
    await connection.query(
      `INSERT INTO live_set (layer, run_id, business_date, published_at) VALUES (?, ?, ?, UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE run_id = VALUES(run_id), business_date = VALUES(business_date),
          published_at = VALUES(published_at)`,
      [key.layer, key.runId, plan.businessDate],
    );
    for (const { schema, table } of plan.removedTables) {
      await connection.query("DELETE FROM live_table WHERE schema_name = ? AND table_name = ?", [schema, table]);
    }
    for (const table of plan.publishedTables) await recordLiveTable(connection, key.runId, table);
    // one time for all: backups with the same time are one set
    await connection.query("SET @taken_at = UTC_TIMESTAMP(6)");
    for (const backup of plan.backups) {
      await connection.query(
        `INSERT IGNORE INTO backup (schema_name, backup_table, table_name, layer, run_id, set_run_id, taken_on, taken_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, @taken_at)`,
        [
          backup.schema,
          backup.backupTable,
          backup.table,
          key.layer,
          key.runId,
          replaced?.run_id ?? null,
          backup.takenOn,
        ],
      );
    }
  });
}

async function recordLiveTable(connection: Connection, runId: string, table: PublishedTable): Promise<void> {
  await connection.query(
    `REPLACE INTO live_table
        (schema_name, table_name, content_hash, row_count, byte_count, signature, run_id, recorded_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))`,
    [table.schema, table.table, table.contentHash, table.rows, table.bytes, table.signature, runId],
  );
}

/**
 * Settles publications whose attempt died between intent and record, by looking at which tables are live.
 *
 * @param lockConnection holds the layer's lock; its default schema is the ledger's
 * @returns how many were settled
 */
export async function settleIntents(lockConnection: Connection, layer: string): Promise<number> {
  const [rows] = await lockConnection.query<PublicationRow[]>(
    "SELECT run_id, attempt, plan FROM publication WHERE layer = ? AND state = 'intended' ORDER BY intended_at",
    [layer],
  );
  for (const row of rows) {
    const plan = fromJson<PublicationPlan>(row.plan);
    const key = { runId: row.run_id, layer, attempt: row.attempt };
    if (plan !== null && (await wasRenamed(lockConnection, plan.renames)))
      await settleAsDone(lockConnection, key, plan);
    else await settleAsVoid(lockConnection, key);
  }
  return rows.length;
}

async function settleAsVoid(connection: Connection, key: AttemptKey): Promise<void> {
  await connection.query(
    `UPDATE publication SET state = 'void', settled_at = UTC_TIMESTAMP(6)
      WHERE run_id = ? AND layer = ? AND attempt = ?`,
    [key.runId, key.layer, key.attempt],
  );
}

/** What this run published in the layer before its attempt died; undefined when it published nothing. */
export async function findPublished(pool: Pool, runId: string, layer: string): Promise<PublicationPlan | undefined> {
  const [[row]] = await pool.query<PublicationRow[]>(
    `SELECT run_id, attempt, plan FROM publication
      WHERE run_id = ? AND layer = ? AND state = 'done' ORDER BY attempt DESC LIMIT 1`,
    [runId, layer],
  );
  return row === undefined ? undefined : (fromJson<PublicationPlan>(row.plan) ?? undefined);
}

/** True when every source of the renames is gone and every destination is there: one statement moves all or none. */
async function wasRenamed(connection: Connection, renames: readonly Rename[]): Promise<boolean> {
  if (renames.length === 0) return true;
  const tables = new Map<string, Set<string>>();
  for (const schema of new Set(renames.flatMap(({ from, to }) => [from.schema, to.schema]))) {
    tables.set(schema, new Set(await listTables(connection, schema)));
  }
  const destinations = new Set(renames.map(({ to }) => `${to.schema}.${to.table}`));
  return renames.every(
    ({ from, to }) =>
      tables.get(to.schema)?.has(to.table) === true &&
      (destinations.has(`${from.schema}.${from.table}`) || tables.get(from.schema)?.has(from.table) !== true),
  );
}
