/**
 * SQL order of rows of `run`: the run that started last comes first, also when it started again after a replay or a new
 * request. Runs that never started come last: they have nothing to show.
 */
export const NEWEST_FIRST = "run.turn_started_at DESC, run.seq DESC";
