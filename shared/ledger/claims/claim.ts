import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { RunId, BusinessDate } from "../../../events/ids.ts";
import type { DumpReference } from "../../../events/schemas.ts";
import type { LayerPolicy } from "../../config/layer-table.ts";
import { PermanentError } from "../../errors/errors.ts";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import { recordFailure } from "./record-failure.ts";
import { fromJson, type LayerRunRow, type RunRow } from "../schema/rows.ts";
import type { RunState } from "../schema/states.ts";
import { comesBefore, supersededBy } from "./supersede.ts";
import { endRun, lockTurn } from "./turn.ts";

/** Which run a message belongs to. */
export interface RunIdentity {
  runId: RunId;
  businessDate: BusinessDate;
  requestedBy: string;
  correlationId: string;
  /** ID of the event that started this layer. */
  causationId: string;
  dump: DumpReference | undefined;
  /** The operator allows replacing newer dates. */
  isForced?: boolean;
  /** A re-run begins at this layer: earlier layers pass their live tables on. */
  fromLayer?: string | undefined;
}

/** The part of the message that decides on a claim. */
export interface ClaimingMessage {
  messageId: string;
  /** Set by Baton's replay; each replay starts a new budget of attempts once. */
  replayId: string | undefined;
}

/** The ledger's answer to "may I work on this layer of this run?" */
export type Claim =
  | {
      kind: "claimed";
      attempt: number;
      attemptOfBudget: number;
      isLastOfBudget: boolean;
      isForced: boolean;
      /** The run begins at a later layer: this one only passes its live tables on. */
      passesThrough: boolean;
      /** What an earlier attempt of this run saved to continue from; undefined when another run has worked on the layer since. */
      progress: unknown;
    }
  | { kind: "completed" }
  | { kind: "superseded"; by: string }
  | { kind: "not-yet"; retryAfterSeconds: number }
  /** The run ended, or was put back, since its message took the turn. */
  | { kind: "not-active"; state: RunState }
  /** The layer cannot be built from what is live; the attempt is recorded to be given up. */
  | { kind: "refused"; attempt: number; error: PermanentError }
  | { kind: "exhausted"; attempt: number };

async function findRun(connection: Connection, runId: string): Promise<RunRow> {
  const [[run]] = await connection.query<RunRow[]>("SELECT * FROM run WHERE run_id = ?", [runId]);
  if (run === undefined) throw new TypeError(`run ${runId} is missing in the ledger`);
  return run;
}

interface ClaimableRow extends LayerRunRow {
  /** Milliseconds until the next attempt is due. */
  wait_ms: string | null;
}

/**
 * Claims the next attempt of a layer for a run. The caller holds the layer's lock, so a layer that is
 * recorded as running belongs to a dead attempt.
 *
 * @see docs/architecture.md, "The life of an attempt"
 */
export async function claimLayer(
  pool: Pool,
  policy: LayerPolicy,
  identity: RunIdentity,
  message: ClaimingMessage,
  connectionId: number,
): Promise<Claim> {
  return inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    const run = await findRun(connection, identity.runId);
    const [[row]] = await connection.query<ClaimableRow[]>(
      // only the database's clock decides on waiting: the clocks of functions differ
      `SELECT layer_run.*, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), next_attempt_at) / 1000 AS wait_ms
        FROM layer_run WHERE run_id = ? AND layer = ? FOR UPDATE`,
      [identity.runId, policy.name],
    );
    if (run.state !== "running" && run.state !== "completed") return { kind: "not-active", state: run.state };
    if (row?.state === "completed") return { kind: "completed" };
    const passesThrough = comesBefore(policy, run.from_layer);
    const by = passesThrough ? undefined : await supersededBy(connection, run, policy).catch(refusal);
    if (typeof by === "string") {
      await recordSuperseded(connection, identity, policy.name, row, by);
      return { kind: "superseded", by };
    }
    const budget = budgetOf(row, message);
    if (typeof budget === "object") return { kind: "not-yet", ...budget };

    const attempt = (row?.attempt ?? 0) + 1;
    const firstAttempt = budget === "renewed" ? attempt : (row?.first_attempt ?? 1);
    const attemptOfBudget = attempt - firstAttempt + 1;
    const isExhausted = attemptOfBudget > policy.retries + 1;
    // the last attempt of a budget is recorded with the failure of the layer
    if (row?.state === "running") await markInterrupted(connection, row, isExhausted ? "unrecorded" : "recorded");
    if (isExhausted) return { kind: "exhausted", attempt: attempt - 1 };

    await recordClaim(connection, { identity, policy, message, connectionId, attempt, firstAttempt });
    if (by !== undefined) return { kind: "refused", attempt, error: by };
    const canContinue = row !== undefined && (await isLatestClaim(connection, identity.runId, policy.name));
    return {
      kind: "claimed",
      attempt,
      attemptOfBudget,
      isLastOfBudget: attemptOfBudget === policy.retries + 1,
      isForced: run.is_forced === 1,
      passesThrough,
      progress: canContinue ? (fromJson(row.progress) ?? undefined) : undefined,
    };
  });
}

function refusal(error: unknown): PermanentError {
  if (error instanceof PermanentError) return error;
  throw error;
}

function budgetOf(
  row: ClaimableRow | undefined,
  message: ClaimingMessage,
): "continued" | "renewed" | { retryAfterSeconds: number } {
  if (row === undefined) return "continued";
  if (message.replayId !== undefined && message.replayId !== row.replay_id) return "renewed";
  const waitMs = Number(row.wait_ms ?? 0);
  // a duplicate must not shorten the interval; the own message may arrive a little early
  if (row.state === "retrying" && waitMs > 1_000) return { retryAfterSeconds: Math.ceil(waitMs / 1_000) };
  return "continued";
}

async function recordSuperseded(
  connection: Connection,
  identity: RunIdentity,
  layer: string,
  row: LayerRunRow | undefined,
  by: string,
): Promise<void> {
  await connection.query(
    `INSERT INTO layer_run
        (run_id, layer, state, attempt, caused_by, superseded_by, started_at, claimed_at, heartbeat_at, finished_at)
      VALUES (?, ?, 'superseded', ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE state = 'superseded', superseded_by = VALUES(superseded_by),
        finished_at = UTC_TIMESTAMP(6), next_attempt_at = NULL`,
    [identity.runId, layer, row?.attempt ?? 0, identity.causationId, by],
  );
  if (row?.state === "running") await markInterrupted(connection, row, "recorded");
  await endRun(connection, identity.runId, "superseded");
}

async function markInterrupted(
  connection: Connection,
  { run_id: runId, layer, attempt, claimed_at, heartbeat_at }: LayerRunRow,
  failure: "recorded" | "unrecorded",
): Promise<void> {
  await connection.query(
    `UPDATE attempt SET state = 'interrupted', finished_at = UTC_TIMESTAMP(6)
      WHERE run_id = ? AND layer = ? AND attempt = ? AND state = 'running'`,
    [runId, layer, attempt],
  );
  if (failure === "unrecorded") return;
  const lived = Math.max(0, Math.round((heartbeat_at.getTime() - claimed_at.getTime()) / 1_000));
  await recordFailure(connection, {
    ...{ runId, layer, attempt, pattern: "interrupted", subjects: [], databaseError: undefined, verdict: "retry" },
    error: {
      kind: "timeout",
      code: "INTERRUPTED",
      message:
        `attempt ${attempt} of ${layer} was killed: its last heartbeat came ${lived} s after its start, ` +
        `at ${heartbeat_at.toISOString()}`,
      retriable: true,
      advice: "The function was killed or ran out of memory or time: read the end of its log. It is retried.",
    },
  });
}

interface NewClaim {
  identity: RunIdentity;
  policy: LayerPolicy;
  message: ClaimingMessage;
  connectionId: number;
  attempt: number;
  firstAttempt: number;
}

async function recordClaim(connection: Connection, claim: NewClaim): Promise<void> {
  const { identity, policy, message, connectionId, attempt, firstAttempt } = claim;
  await connection.query(
    `INSERT INTO layer_run (run_id, layer, state, attempt, first_attempt, replay_id, caused_by,
        started_at, claimed_at, heartbeat_at)
      VALUES (?, ?, 'running', ?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE state = 'running', attempt = VALUES(attempt), first_attempt = VALUES(first_attempt),
        replay_id = COALESCE(VALUES(replay_id), replay_id), claimed_at = VALUES(claimed_at),
        heartbeat_at = VALUES(heartbeat_at), finished_at = NULL, next_attempt_at = NULL, error = NULL,
        superseded_by = NULL`,
    [identity.runId, policy.name, attempt, firstAttempt, message.replayId ?? null, identity.causationId],
  );
  await connection.query(
    `INSERT INTO attempt (run_id, layer, attempt, state, message_id, connection_id, started_at)
      VALUES (?, ?, ?, 'running', ?, ?, UTC_TIMESTAMP(6))`,
    [identity.runId, policy.name, attempt, message.messageId, connectionId],
  );
}

/** True when no other run has claimed the layer since: this run's unfinished work is still there. */
async function isLatestClaim(connection: Connection, runId: string, layer: string): Promise<boolean> {
  const [[other]] = await connection.query<RowDataPacket[]>(
    `SELECT 1 FROM layer_run AS other JOIN layer_run AS own
        ON own.run_id = ? AND own.layer = other.layer AND other.run_id <> own.run_id
      WHERE other.layer = ? AND other.attempt > 0 AND other.claimed_at > own.started_at LIMIT 1`,
    [runId, layer],
  );
  return other === undefined;
}
