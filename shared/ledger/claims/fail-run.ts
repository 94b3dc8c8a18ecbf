import type { Connection, RowDataPacket } from "mysql2/promise";
import { buildEvent } from "../../../events/build-event.ts";
import type { BusinessDate, RunId } from "../../../events/ids.ts";
import type { DumpReference } from "../../../events/schemas.ts";
import type { RecordedError } from "../../errors/errors.ts";
import { fromJson, type LayerRunRow, type RunRow } from "../schema/rows.ts";
import { addToOutbox } from "./outbox.ts";
import { endRun } from "./turn.ts";

/** The failure of a run for which no attempt holds a claim. */
export interface RunFailure {
  run: RunRow;
  layer: string;
  /** The environment, for the event. */
  stage: string;
  error: RecordedError;
}

/**
 * Ends a run as failed at a layer, without a claimed attempt: its message is lost or refused, or it holds its turn for too
 * long. An attempt that still works loses its fence. The caller holds the turn and publishes the outbox.
 */
export async function failRun(connection: Connection, { run, layer, stage, error }: RunFailure): Promise<void> {
  await connection.query(
    `UPDATE attempt SET state = 'interrupted', finished_at = UTC_TIMESTAMP(6)
      WHERE run_id = ? AND layer = ? AND state = 'running'`,
    [run.run_id, layer],
  );
  await connection.query(
    `INSERT INTO layer_run (run_id, layer, state, attempt, caused_by, error, started_at, claimed_at, heartbeat_at, finished_at)
      VALUES (?, ?, 'failed', 0, '', ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE state = 'failed', error = VALUES(error), next_attempt_at = NULL, finished_at = UTC_TIMESTAMP(6)`,
    [run.run_id, layer, JSON.stringify(error)],
  );
  const [[row]] = await connection.query<(LayerRunRow & { now_utc: Date })[]>(
    "SELECT layer_run.*, UTC_TIMESTAMP(6) AS now_utc FROM layer_run WHERE run_id = ? AND layer = ?",
    [run.run_id, layer],
  );
  if (row === undefined) throw new TypeError(`${layer} of run ${run.run_id} is missing in the ledger`);
  const dump = fromJson<DumpReference>(run.dump) ?? undefined;
  const context = {
    runId: run.run_id as RunId, // the ledger holds only IDs and dates that were parsed before
    stage,
    correlationId: run.correlation_id,
    causationId: row.caused_by === "" ? run.correlation_id : row.caused_by,
    emittedAt: row.now_utc,
  };
  const failed = buildEvent("LayerFailed", context, {
    layer,
    businessDate: run.business_date as BusinessDate,
    attempt: Math.max(1, row.attempt),
    startedAt: row.started_at.toISOString(),
    finishedAt: row.now_utc.toISOString(),
    durationMs: Math.max(0, row.now_utc.getTime() - row.started_at.getTime()),
    ...(dump !== undefined && { dump }),
    error,
  });
  await addToOutbox(connection, [failed]);
  await endRun(connection, run.run_id, "failed");
}

/** The layer at which an unfinished run is: the first that is not complete. @param layers in the order of the layer table */
export async function currentLayer(connection: Connection, runId: string, layers: readonly string[]): Promise<string> {
  const [rows] = await connection.query<(RowDataPacket & { layer: string; state: string })[]>(
    "SELECT layer, state FROM layer_run WHERE run_id = ?",
    [runId],
  );
  const unfinished = rows.find(({ state }) => state !== "completed");
  const isCompleted = new Set(rows.map(({ layer }) => layer));
  return unfinished?.layer ?? layers.find((layer) => !isCompleted.has(layer)) ?? layers.at(-1) ?? "unknown";
}
