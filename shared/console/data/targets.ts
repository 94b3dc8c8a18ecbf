/** Number of runs in charts and trends. */
export const TREND_RUNS = 30;
/** Run time above which the alarm `slow` warns. */
export const TARGET_MINUTES = 10;
/** Default of `alarmAfterMinutes`: the alarm `overdue`. */
export const ALARM_MINUTES = 15;
/** Data older than this raises the alarm `stale`. */
export const FRESHNESS_LIMIT_HOURS = 24;
/** Tables whose row count changes by more than this share between runs are shown first. */
export const USUAL_CHANGE = 0.02;
