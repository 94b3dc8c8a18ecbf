/** SQL expression over a row of `run`: when its turn started, or later a layer of it was last active or planned to be. */
export const LAST_ACTIVITY = `GREATEST(COALESCE(run.turn_started_at, run.started_at), COALESCE((
  SELECT MAX(GREATEST(heartbeat_at, COALESCE(next_attempt_at, heartbeat_at), COALESCE(finished_at, heartbeat_at)))
    FROM layer_run WHERE layer_run.run_id = run.run_id), run.started_at))`;
