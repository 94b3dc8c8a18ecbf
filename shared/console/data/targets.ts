/** Runs that charts and trends show. */
export const TREND_RUNS = 30;
/** Run time above which the alarm `slow` warns. */
export const TARGET_MINUTES = 10;
/** Default of `alarmAfterMinutes`: the alarm `overdue`. */
export const ALARM_MINUTES = 15;
/** Data older than this raises the alarm `stale`. */
export const FRESHNESS_LIMIT_HOURS = 24;
/** Tables whose rows change by more from run to run are shown first. */
export const USUAL_CHANGE = 0.02;
