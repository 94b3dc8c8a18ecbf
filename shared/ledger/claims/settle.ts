import type { Connection, Pool, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import type { RunEvent, LayerStats } from "../../../events/schemas.ts";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import type { RecordedError } from "../../errors/errors.ts";
import { addToOutbox } from "./outbox.ts";
import { recordFailure } from "./record-failure.ts";
import { endRun, lockTurn, putBack } from "./turn.ts";

/** Names one attempt of a layer of a run. */
export interface AttemptKey {
  runId: string;
  layer: string;
  attempt: number;
}

/** The ledger no longer holds this attempt: another one took the layer over. It must stop and change nothing. */
export class FenceLostError extends Error {
  constructor({ runId, layer, attempt }: AttemptKey) {
    super(`attempt ${attempt} of ${layer} in run ${runId} was taken over by another attempt`);
    this.name = "FenceLostError";
  }
}

/**
 * Checks that the ledger still holds this attempt, and locks it until the transaction ends.
 *
 * @throws FenceLostError when another attempt took over
 */
export async function requireFence(connection: Connection, key: AttemptKey): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>(
    "SELECT 1 FROM layer_run WHERE run_id = ? AND layer = ? AND attempt = ? AND state = 'running' FOR UPDATE",
    [key.runId, key.layer, key.attempt],
  );
  if (rows.length === 0) throw new FenceLostError(key);
}

/** Records that the attempt is alive. @throws FenceLostError when another attempt took over */
export async function recordHeartbeat(pool: Pool, key: AttemptKey): Promise<void> {
  const [result] = await pool.query<ResultSetHeader>(
    `UPDATE layer_run SET heartbeat_at = UTC_TIMESTAMP(6)
      WHERE run_id = ? AND layer = ? AND attempt = ? AND state = 'running'`,
    [key.runId, key.layer, key.attempt],
  );
  if (result.affectedRows === 0) throw new FenceLostError(key);
}

/** Saves what the next attempt of this run needs to continue. @throws FenceLostError when another attempt took over */
export async function saveProgress(pool: Pool, key: AttemptKey, progress: unknown): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await requireFence(connection, key);
    await connection.query("UPDATE layer_run SET progress = ? WHERE run_id = ? AND layer = ?", [
      JSON.stringify(progress ?? null),
      key.runId,
      key.layer,
    ]);
  });
}

/**
 * Completes the attempt: layer, run (when it is the last layer) and outgoing events in one transaction.
 *
 * @throws FenceLostError when another attempt took over
 */
export async function completeAttempt(
  pool: Pool,
  key: AttemptKey,
  outcome: { stats: LayerStats; events: readonly RunEvent[]; completesRun: boolean },
): Promise<void> {
  await inTransaction(pool, async (connection) => {
    if (outcome.completesRun) await lockTurn(connection);
    await requireFence(connection, key);
    await connection.query(
      `UPDATE layer_run SET state = 'completed', finished_at = UTC_TIMESTAMP(6), stats = ?, error = NULL
        WHERE run_id = ? AND layer = ?`,
      [JSON.stringify(outcome.stats), key.runId, key.layer],
    );
    await finishAttempt(connection, key, { state: "completed" });
    await addToOutbox(connection, outcome.events);
    if (outcome.completesRun) await endRun(connection, key.runId, "completed");
  });
}

/** The failure of an attempt and its consequence. */
export interface FailedAttempt {
  error: RecordedError;
  /** Name of the matching error pattern. */
  pattern: string;
  /** The models or tables that failed. */
  subjects: readonly string[];
  /** Number of the server's error. */
  databaseError: number | undefined;
  events: readonly RunEvent[];
  /** Undefined: the layer is given up. */
  retryAfterSeconds: number | undefined;
  /** A planned stop: the next attempt starts a new budget of attempts. */
  renewsBudget: boolean;
  /** Runs when everything is written but not yet committed; an error of it rolls the record back. */
  beforeCommit?: () => Promise<void>;
}

/**
 * Records the failure of an attempt and either plans the next one or ends the layer and its run as failed.
 *
 * @throws FenceLostError when another attempt took over
 */
export async function failAttempt(pool: Pool, key: AttemptKey, failed: FailedAttempt): Promise<void> {
  const retries = failed.retryAfterSeconds !== undefined;
  const state = retries ? "retrying" : "failed";
  const error = JSON.stringify(failed.error);
  await inTransaction(pool, async (connection) => {
    if (!retries) await lockTurn(connection);
    await requireFence(connection, key);
    await connection.query(
      `UPDATE layer_run SET state = ?, error = ?,
          first_attempt = IF(?, attempt + 1, first_attempt),
          finished_at = IF(?, NULL, UTC_TIMESTAMP(6)),
          next_attempt_at = IF(?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, NULL)
        WHERE run_id = ? AND layer = ?`,
      [
        state,
        error,
        failed.renewsBudget,
        retries,
        retries,
        Math.round((failed.retryAfterSeconds ?? 0) * 1e6),
        key.runId,
        key.layer,
      ],
    );
    await finishAttempt(connection, key, { state, error, pattern: failed.pattern });
    await recordFailure(connection, { ...key, ...failed, verdict: retries ? "retry" : "dead-letter" });
    await addToOutbox(connection, failed.events);
    if (!retries) await endRun(connection, key.runId, "failed");
    await failed.beforeCommit?.();
  });
}

async function finishAttempt(
  connection: Connection,
  key: AttemptKey,
  { state, error = null, pattern = null }: { state: string; error?: string | null; pattern?: string | null },
): Promise<void> {
  await connection.query(
    `UPDATE attempt SET state = ?, finished_at = UTC_TIMESTAMP(6), error = ?, pattern = ?
      WHERE run_id = ? AND layer = ? AND attempt = ?`,
    [state, error, pattern, key.runId, key.layer, key.attempt],
  );
}

/**
 * Records that a newer run superseded this one while the attempt worked.
 *
 * @param by the newer run
 * @throws FenceLostError when another attempt took over
 */
export async function supersedeAttempt(pool: Pool, key: AttemptKey, by: string): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    await requireFence(connection, key);
    await connection.query(
      `UPDATE layer_run SET state = 'superseded', superseded_by = ?, finished_at = UTC_TIMESTAMP(6)
        WHERE run_id = ? AND layer = ?`,
      [by, key.runId, key.layer],
    );
    await finishAttempt(connection, key, { state: "superseded" });
    await endRun(connection, key.runId, "superseded");
  });
}

/**
 * Puts the run of an attempt back to waiting, for an earlier business date that was requested meanwhile. The layer is
 * built again when the run's next turn comes.
 *
 * @throws FenceLostError when another attempt took over
 */
export async function yieldAttempt(pool: Pool, key: AttemptKey): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    await requireFence(connection, key);
    await connection.query(
      `UPDATE layer_run SET state = 'retrying', first_attempt = attempt + 1, next_attempt_at = NULL
        WHERE run_id = ? AND layer = ?`,
      [key.runId, key.layer],
    );
    await finishAttempt(connection, key, { state: "interrupted" });
    await putBack(connection, key.runId);
  });
}
