import type { Pool } from "mysql2/promise";
import type { RecordedError } from "../../errors/errors.ts";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import type { RunRow } from "../schema/rows.ts";
import { currentLayer, failRun } from "./fail-run.ts";
import { LAST_ACTIVITY } from "./last-activity.ts";
import { recordFailure } from "./record-failure.ts";
import { lockTurn, startNext } from "./turn.ts";

/** When the sweep ends a run. */
export interface TurnLimits {
  /** An active run may hold its turn for so long while another run waits. */
  turnSeconds: number;
  /** A run without any activity for so long has lost its message for good. */
  abandonedSeconds: number;
  stage: string;
  /** Names of the layers in the order of the layer table. */
  layers: readonly string[];
}

interface HungRow extends RunRow {
  is_abandoned: number;
  minutes: number;
}

/**
 * Ends active runs that hold their turn for too long while another run waits, and runs whose message is lost for good;
 * then starts the next run if nothing is active. No state of a run lasts for ever, whatever messages are lost.
 *
 * @returns the runs that were ended
 */
export async function endHungRuns(pool: Pool, limits: TurnLimits): Promise<{ runId: string; error: RecordedError }[]> {
  return inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    const [hung] = await connection.query<HungRow[]>(
      `SELECT * FROM (
          SELECT run.*, ${LAST_ACTIVITY} <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND AS is_abandoned,
            TIMESTAMPDIFF(MINUTE, COALESCE(turn_started_at, started_at), UTC_TIMESTAMP(6)) AS minutes,
            COALESCE(turn_started_at, started_at) <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND
              AND EXISTS (SELECT 1 FROM run AS other WHERE other.state = 'waiting') AS is_too_long
          FROM run WHERE run.state = 'running'
        ) AS active WHERE is_abandoned OR is_too_long ORDER BY seq`,
      [limits.abandonedSeconds, limits.turnSeconds],
    );
    const ended = [];
    for (const run of hung) {
      const layer = await currentLayer(connection, run.run_id, limits.layers);
      const error = run.is_abandoned === 1 ? abandoned(run, layer) : turnExpired(run, layer, limits);
      await recordFailure(connection, {
        ...{ runId: run.run_id, layer, attempt: 0, pattern: error.code, error },
        ...{ subjects: [], databaseError: undefined, verdict: "ended" as const },
      });
      await failRun(connection, { run, layer, stage: limits.stage, error });
      ended.push({ runId: run.run_id, error });
    }
    await startNext(connection);
    return ended;
  });
}

function abandoned(run: HungRow, layer: string): RecordedError {
  return {
    kind: "timeout",
    code: "RUN_ABANDONED",
    message: `${layer} of run ${run.run_id} has shown no activity since its last event, its message is lost`,
    retriable: false,
    advice: startAgain(run),
  };
}

function turnExpired(run: HungRow, layer: string, { turnSeconds }: TurnLimits): RecordedError {
  return {
    kind: "timeout",
    code: "TURN_EXPIRED",
    message:
      `run ${run.run_id} was active for ${run.minutes} min and still at ${layer}, while another run waited; ` +
      `at most ${Math.round(turnSeconds / 60)} min are allowed then`,
    retriable: false,
    advice: startAgain(run),
  };
}

function startAgain({ business_date: date }: HungRow): string {
  return `Completed layers are kept. To continue the run: ./baton run --date ${date} --allow-stale`;
}
