import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { RunEvent, LayerStats } from "../../../events/schemas.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { listTables, renameAll, type Rename } from "../../warehouse/tables/publish-set.ts";
import { createViews, type ViewDefinition } from "../../warehouse/tables/views.ts";
import { inTransactionOn } from "../../warehouse/connection/transaction.ts";
import { TransientError } from "../../errors/errors.ts";
import { SupersededError } from "../../errors/superseded-error.ts";
import { YieldError } from "../../errors/yield-error.ts";
import { fromJson } from "../schema/rows.ts";
import { addToOutbox } from "../claims/outbox.ts";
import { requireFence, type AttemptKey } from "../claims/settle.ts";
import { lockTurn, mustYield } from "../claims/turn.ts";

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
  /** Name of the backup; a view has no table of this name, only its definition. */
  backupTable: string;
  table: string;
  /** Day in the source's time zone, `YYYY-MM-DD`. */
  takenOn: string;
  /** The SELECT of a view. */
  viewSelect?: string;
}

/** Changes of the live views; all of them can be repeated. */
interface ViewChanges {
  create: readonly ViewDefinition[];
  drop: readonly { schema: string; name: string }[];
  /** Views whose names the renames need: moved aside within their schema by the same statement, then dropped. */
  moveAside: readonly Rename[];
}

/** Everything that a publication decides; recorded before the rename and settled after it. */
export interface PublicationPlan {
  businessDate: string;
  renames: readonly Rename[];
  views?: ViewChanges;
  stats: LayerStats;
  /** Live tables to record by content. */
  publishedTables: readonly PublishedTable[];
  removedTables: readonly { schema: string; table: string }[];
  backups: readonly TakenBackup[];
  /** The layer whose live tables this one was built from; its set must still be this run's. */
  upstream: string | undefined;
  /** True for the last layer: after it no earlier date can be published without loss. */
  isLast?: boolean;
  /** Only of a restore. */
  restore?: {
    /** Backups that become live, and so end. */
    used: readonly { schema: string; backupTable: string }[];
    /** The run whose set is live from now on; undefined when it is unknown. */
    setRunId: string | undefined;
    /** Whether the whole live set is replaced; backups of a single table belong to no set. */
    isWholeSet: boolean;
    events: readonly RunEvent[];
  };
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
 * A restore is a publication too, without an attempt: its key is its own, and the layer's lock is its fence.
 *
 * @throws FenceLostError when another attempt took the layer over
 * @throws SupersededError when a newer run replaced the tables that this set was built from
 * @throws YieldError when this is the last layer and an earlier business date waits
 * @throws TransientError UPSTREAM_PUBLISHING when one may be replacing them now
 * @see docs/architecture.md, "The life of an attempt"
 */
export async function publishPlan(lockConnection: Connection, key: AttemptKey, plan: PublicationPlan): Promise<void> {
  await inTransactionOn(lockConnection, async () => {
    if (plan.isLast === true) await lockTurn(lockConnection);
    if (plan.restore === undefined) await requireFence(lockConnection, key);
    if (plan.isLast === true && (await mustYield(lockConnection, key.runId))) throw new YieldError(key.runId);
    await requireUpstream(lockConnection, key, plan.upstream);
    await lockConnection.query(
      `INSERT INTO publication (run_id, layer, attempt, state, plan, intended_at)
        VALUES (?, ?, ?, 'intended', ?, UTC_TIMESTAMP(6))`,
      [key.runId, key.layer, key.attempt, JSON.stringify(plan)],
    );
  });
  // DDL cannot be part of the transaction; but the next attempt ends this connection before it claims
  await renameAll(lockConnection, [...(plan.views?.moveAside ?? []), ...plan.renames]);
  await settleAsDone(lockConnection, key, plan);
}

/** Changes the live views. `RENAME TABLE` cannot: a view cannot be moved to another schema. */
async function changeViews(connection: Connection, { create, drop, moveAside }: ViewChanges): Promise<void> {
  await createViews(connection, create);
  const aside = moveAside.map(({ to }) => ({ schema: to.schema, name: to.table }));
  for (const { schema, name } of [...drop, ...aside]) {
    await connection.query(`DROP VIEW IF EXISTS ${quoteTable(schema, name)}`);
  }
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
  if (plan.views !== undefined) await changeViews(connection, plan.views);
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
    await recordLiveSet(connection, key, plan);
    for (const { schema, table } of plan.removedTables) {
      await connection.query("DELETE FROM live_table WHERE schema_name = ? AND table_name = ?", [schema, table]);
    }
    const setRunId = plan.restore === undefined ? key.runId : (plan.restore.setRunId ?? key.runId);
    for (const table of plan.publishedTables) await recordLiveTable(connection, setRunId, table);
    await recordBackups(connection, key, plan, replaced?.run_id);
    await addToOutbox(connection, plan.restore?.events ?? []);
  });
}

async function recordLiveSet(connection: Connection, key: AttemptKey, plan: PublicationPlan): Promise<void> {
  const setRunId = plan.restore === undefined ? key.runId : plan.restore.setRunId;
  if (setRunId === undefined) {
    await connection.query("DELETE FROM live_set WHERE layer = ?", [key.layer]);
    return;
  }
  await connection.query(
    `INSERT INTO live_set (layer, run_id, business_date, published_at) VALUES (?, ?, ?, UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE run_id = VALUES(run_id), business_date = VALUES(business_date),
        published_at = VALUES(published_at)`,
    [key.layer, setRunId, plan.businessDate],
  );
}

async function recordBackups(
  connection: Connection,
  key: AttemptKey,
  plan: PublicationPlan,
  replacedRunId: string | undefined,
): Promise<void> {
  for (const { schema, backupTable } of plan.restore?.used ?? []) {
    await connection.query("DELETE FROM backup WHERE schema_name = ? AND backup_table = ?", [schema, backupTable]);
  }
  const setId = plan.restore?.isWholeSet === false ? null : `${key.runId}/${key.attempt}`;
  await connection.query("SET @taken_at = UTC_TIMESTAMP(6)");
  for (const { schema, backupTable, table, takenOn, viewSelect = null } of plan.backups) {
    await connection.query(
      `INSERT IGNORE INTO backup
          (schema_name, backup_table, table_name, layer, run_id, set_run_id, set_id, view_select, taken_on, taken_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, @taken_at)`,
      [schema, backupTable, table, key.layer, key.runId, replacedRunId ?? null, setId, viewSelect, takenOn],
    );
  }
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

/** What this run published in the layer before its attempt died, if that is still live. */
export async function findPublished(pool: Pool, runId: string, layer: string): Promise<PublicationPlan | undefined> {
  const [[row]] = await pool.query<PublicationRow[]>(
    `SELECT run_id, attempt, plan FROM publication JOIN live_set USING (run_id, layer)
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
