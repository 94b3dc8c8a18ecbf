import type { Pool, RowDataPacket } from "mysql2/promise";
import { PermanentError, TransientError } from "../../errors/errors.ts";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import type { RunRow } from "../schema/rows.ts";
import { hasEnded } from "../schema/states.ts";
import { endRun, lockTurn, stopLayers } from "./turn.ts";

/**
 * Cancels a waiting or running run and starts the next one. A running attempt stops at its next heartbeat and cannot
 * publish any more. The caller publishes the outbox.
 *
 * @param lastLayer a run that has published it is not cancelled
 * @returns the state that the run was in
 * @throws PermanentError RUN_UNKNOWN or RUN_ENDED
 * @throws TransientError RUN_PUBLISHING while a layer of the run publishes
 */
export async function cancelRun(pool: Pool, runId: string, lastLayer: string): Promise<"waiting" | "running"> {
  return inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    const [[run]] = await connection.query<RunRow[]>("SELECT * FROM run WHERE run_id = ?", [runId]);
    if (run === undefined) {
      throw new PermanentError("RUN_UNKNOWN", `there is no run ${runId}`, {
        kind: "input",
        advice: "List the runs: ./baton runs",
      });
    }
    if (hasEnded(run.state)) {
      throw new PermanentError("RUN_ENDED", `run ${runId} has already ended: it is ${run.state}`, {
        kind: "input",
        advice: "Only a waiting or running run can be cancelled: ./baton runs --state running",
      });
    }
    // the rows that a publication locks before it records its intent
    await connection.query("SELECT layer FROM layer_run WHERE run_id = ? FOR UPDATE", [runId]);
    const [[publishing]] = await connection.query<(RowDataPacket & { layer: string })[]>(
      `SELECT layer FROM publication WHERE run_id = ? AND (state = 'intended' OR (state = 'done' AND layer = ?
          AND EXISTS (SELECT 1 FROM live_set WHERE live_set.layer = publication.layer AND live_set.run_id = publication.run_id)))
        LIMIT 1 LOCK IN SHARE MODE`,
      [runId, lastLayer],
    );
    if (publishing !== undefined) {
      throw new TransientError("RUN_PUBLISHING", `run ${runId} is publishing ${publishing.layer}`, {
        kind: "input",
        retryAfterSeconds: 5,
        advice: `Try again in a few seconds, or follow it: ./baton status ${runId}`,
      });
    }
    await stopLayers(connection, runId, { state: "cancelled" });
    // events that would start a layer of this run
    await connection.query(
      `UPDATE outbox SET published_at = UTC_TIMESTAMP(6)
        WHERE run_id = ? AND published_at IS NULL AND detail_type IN ('PipelineRequested', 'LayerCompleted')`,
      [runId],
    );
    await endRun(connection, runId, "cancelled");
    return run.state;
  });
}
