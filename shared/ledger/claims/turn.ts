import type { Connection, RowDataPacket } from "mysql2/promise";
import { EVENT_SOURCE, type Detail } from "../../../events/schemas.ts";
import { fromJson, type RunRow } from "../schema/rows.ts";
import { hasEnded, runStatesBefore, type EndState, type RunState } from "../schema/states.ts";
import { targetRetired } from "../../warehouse/identity/target-retired.ts";
import { addToOutbox } from "./outbox.ts";
import { readLiveSetRows, supersedingRun } from "./supersede.ts";

/**
 * Locks the turn until the transaction ends: every change that starts or ends a run begins with it, as the first
 * statement, so that these changes happen one after the other and see each other's results.
 */
export async function lockTurn(connection: Connection): Promise<void> {
  await connection.query("SELECT id FROM turn WHERE id = 1 FOR UPDATE");
  // also for callers that opened the ledger before the move; a locking read sees the newest row
  const [[target]] = await connection.query<(RowDataPacket & { retired_to: string | null })[]>(
    "SELECT retired_to FROM target WHERE id = 1 LOCK IN SHARE MODE",
  );
  if (target !== undefined && target.retired_to !== null) throw targetRetired(target.retired_to);
}

/** Changes the state of a run; without effect where `runMoves` does not allow it. The caller holds the turn. */
async function moveRun(connection: Connection, runId: string, to: RunState): Promise<void> {
  await connection.query(
    `UPDATE run SET state = ?, finished_at = ${hasEnded(to) ? "UTC_TIMESTAMP(6)" : "NULL"} WHERE run_id = ? AND state IN (?)`,
    [to, runId, runStatesBefore(to)],
  );
}

/**
 * Ends a run and starts the next one in the same transaction. The caller holds the turn and publishes the outbox after
 * the commit.
 */
export async function endRun(connection: Connection, runId: string, state: EndState): Promise<void> {
  await moveRun(connection, runId, state);
  if (state === "completed") await supersedeOlderDumps(connection, runId);
  if (state === "failed") await stopBackfill(connection, runId);
  await startNext(connection);
}

/** Ends the unfinished runs of the same date that were requested before this one: they also end when their message is lost. */
async function supersedeOlderDumps(connection: Connection, runId: string): Promise<void> {
  const [older] = await connection.query<(RowDataPacket & { run_id: string })[]>(
    `SELECT older.run_id FROM run AS own JOIN run AS older USING (business_date)
      WHERE own.run_id = ? AND older.seq < own.seq AND older.state IN ('waiting', 'running')`,
    [runId],
  );
  for (const { run_id } of older) {
    await stopLayers(connection, run_id, { state: "superseded", by: runId });
    await moveRun(connection, run_id, "superseded");
  }
}

/** A failed day of a backfill with `onFailure: stop` cancels the days that wait after it. */
async function stopBackfill(connection: Connection, runId: string): Promise<void> {
  const [rows] = await connection.query<(RowDataPacket & { run_id: string })[]>(
    `SELECT later.run_id FROM run AS own JOIN run AS later
        ON JSON_VALUE(later.request, '$.data.backfill.id') = JSON_VALUE(own.request, '$.data.backfill.id')
      WHERE own.run_id = ? AND JSON_VALUE(own.request, '$.data.backfill.onFailure') = 'stop'
        AND later.state = 'waiting' AND later.business_date > own.business_date`,
    [runId],
  );
  for (const { run_id } of rows) {
    await stopLayers(connection, run_id, { state: "cancelled" });
    await moveRun(connection, run_id, "cancelled");
  }
}

/** Ends the unfinished layers of a run with it; a running attempt loses its fence. */
export async function stopLayers(
  connection: Connection,
  runId: string,
  end: { state: "superseded"; by: string } | { state: "cancelled" },
): Promise<void> {
  await connection.query(
    `UPDATE attempt JOIN layer_run USING (run_id, layer, attempt)
      SET attempt.state = 'interrupted', attempt.finished_at = UTC_TIMESTAMP(6)
      WHERE run_id = ? AND layer_run.state = 'running'`,
    [runId],
  );
  await connection.query(
    `UPDATE layer_run SET state = ?, superseded_by = ?, next_attempt_at = NULL, finished_at = UTC_TIMESTAMP(6)
      WHERE run_id = ? AND state IN ('running', 'retrying')`,
    [end.state, "by" in end ? end.by : null, runId],
  );
}

interface ActiveRow extends RowDataPacket {
  business_date: string;
  seq: number;
}

/**
 * Starts waiting runs while the turn is free: the earliest business date first, and of one date the newest request. Runs
 * that a published set has superseded meanwhile end instead.
 *
 * @param currentRunId a run whose message is being processed: if it starts, that message is its starting event
 */
export async function startNext(connection: Connection, currentRunId?: string): Promise<void> {
  for (;;) {
    const [[next]] = await connection.query<RunRow[]>(
      "SELECT * FROM run WHERE state = 'waiting' ORDER BY business_date, seq DESC LIMIT 1",
    );
    if (next === undefined) return;
    const by = supersedingRun(next, await readLiveSetRows(connection));
    if (by !== undefined) {
      await stopLayers(connection, next.run_id, { state: "superseded", by });
      await moveRun(connection, next.run_id, "superseded");
      continue;
    }
    const [active] = await connection.query<ActiveRow[]>("SELECT business_date, seq FROM run WHERE state = 'running'");
    if (active.some(({ business_date, seq }) => business_date !== next.business_date || seq > next.seq)) return;
    await start(connection, next, currentRunId);
  }
}

async function start(connection: Connection, run: RunRow, currentRunId: string | undefined): Promise<void> {
  const restarts = await mustRestart(connection, run.run_id);
  if (restarts) await resetLayers(connection, run.run_id);
  await connection.query(
    `UPDATE run SET started_at = IF(turn_started_at IS NULL, UTC_TIMESTAMP(6), started_at),
        turn_started_at = UTC_TIMESTAMP(6) WHERE run_id = ?`,
    [run.run_id],
  );
  await moveRun(connection, run.run_id, "running");
  if (run.run_id !== currentRunId) await sendStartingEvent(connection, run);
}

/** True when another run's tables replaced those of a completed layer: what is left of the run cannot be built on them. */
async function mustRestart(connection: Connection, runId: string): Promise<boolean> {
  const [[replaced]] = await connection.query<RowDataPacket[]>(
    `SELECT 1 FROM layer_run LEFT JOIN live_set USING (layer)
      WHERE layer_run.run_id = ? AND layer_run.state = 'completed'
        AND JSON_VALUE(stats, '$.passedThroughFrom') IS NULL
        AND NOT (live_set.run_id <=> layer_run.run_id) LIMIT 1`,
    [runId],
  );
  return replaced !== undefined;
}

async function resetLayers(connection: Connection, runId: string): Promise<void> {
  await connection.query(
    `UPDATE layer_run SET state = 'retrying', first_attempt = attempt + 1, finished_at = NULL, next_attempt_at = NULL,
        stats = NULL, progress = NULL, error = NULL WHERE run_id = ?`,
    [runId],
  );
}

/** Gives the failed, superseded and cancelled layers of a run a new budget of attempts. */
async function renewLayers(connection: Connection, runId: string): Promise<void> {
  await connection.query(
    `UPDATE layer_run SET state = 'retrying', first_attempt = attempt + 1, finished_at = NULL, next_attempt_at = NULL,
        superseded_by = NULL, purged_at = NULL WHERE run_id = ? AND state IN ('failed', 'superseded', 'cancelled')`,
    [runId],
  );
}

/**
 * Writes the event with which a run continues to the outbox: the completion of its last completed layer, else its
 * request. Where the run's message exists after all, the duplicate is harmless.
 *
 * @returns the event's ID; undefined when the run has neither, as one that an older version of Baton started
 */
export async function sendStartingEvent(
  connection: Connection,
  run: Pick<RunRow, "run_id" | "request">,
): Promise<string | undefined> {
  const [[completion]] = await connection.query<(RowDataPacket & { event_id: string })[]>(
    `SELECT event_id FROM outbox JOIN layer_run
        ON layer_run.run_id = outbox.run_id AND layer_run.layer = JSON_VALUE(detail, '$.data.layer')
      WHERE outbox.run_id = ? AND detail_type = 'LayerCompleted' AND layer_run.state = 'completed'
      ORDER BY layer_run.finished_at DESC, outbox.seq DESC LIMIT 1`,
    [run.run_id],
  );
  if (completion !== undefined) {
    await connection.query("UPDATE outbox SET published_at = NULL WHERE event_id = ?", [completion.event_id]);
    return completion.event_id;
  }
  const detail = fromJson<Detail<"PipelineRequested">>(run.request);
  if (detail === null) return undefined;
  await addToOutbox(connection, [{ source: EVENT_SOURCE, "detail-type": "PipelineRequested", detail }]);
  return detail.metadata.eventId;
}

/** True when a run of an earlier business date waits, which must run first. The caller holds the turn. */
export async function mustYield(connection: Connection, runId: string): Promise<boolean> {
  const [earlier] = await connection.query<RunRow[]>(
    `SELECT earlier.* FROM run AS own JOIN run AS earlier ON earlier.business_date < own.business_date
      WHERE own.run_id = ? AND earlier.state = 'waiting'`,
    [runId],
  );
  if (earlier.length === 0) return false;
  const sets = await readLiveSetRows(connection);
  return earlier.some((run) => supersedingRun(run, sets) === undefined);
}

/** Puts a running run back to waiting and starts the next one. The caller holds the turn. */
export async function putBack(connection: Connection, runId: string): Promise<void> {
  await moveRun(connection, runId, "waiting");
  await startNext(connection);
}

/** Makes an ended run wait again. The caller holds the turn and calls `startNext`. */
export async function reopen(connection: Connection, runId: string): Promise<void> {
  await renewLayers(connection, runId);
  await moveRun(connection, runId, "waiting");
}
