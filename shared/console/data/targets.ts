/** Runs that charts and trends show. */
export const TREND_RUNS = 30;
/** A run should take less (handbook, design.md section 10). */
export const TARGET_MINUTES = 10;
/** A run that takes longer raises the alarm. */
export const ALARM_MINUTES = 15;
/** Data older than this raises the alarm. */
export const FRESHNESS_LIMIT_HOURS = 24;
/** Rows of a table that change by more from run to run are shown first (handbook, domain/operations.md section 5). */
export const USUAL_CHANGE = 0.02;
