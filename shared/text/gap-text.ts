import { commandFor } from "./command-for.ts";

/** The command that builds the history again from a business date, from the stored dumps. */
export function rebuildCommand(stage: string, businessDate: string): string {
  return commandFor(stage, `backfill --from ${businessDate} --force`);
}

/**
 * Explains a gap: what the history lacks and how to rebuild it.
 *
 * @param layers that lack the date; at least one
 */
export function gapText(stage: string, businessDate: string, layers: readonly string[]): string {
  return (
    `${businessDate} is a gap in ${layers.join(" and ")}: later dates were published without it, and the history has no ` +
    `changes of that date. To rebuild the history: ${rebuildCommand(stage, businessDate)}`
  );
}

/**
 * Explains why a replay cannot work: another run is live. After a later date, the history misses the date of the run.
 *
 * @param runId the run of the message
 * @param liveRunId the run that is live
 */
export function noReplayText(stage: string, runId: string, liveRunId: string): string {
  const [businessDate, liveDate] = [dateOf(runId), dateOf(liveRunId)];
  if (liveDate <= businessDate) return `A replay is not possible: run ${liveRunId} is newer and live.`;
  return (
    `A replay is not possible: ${liveDate} is live (run ${liveRunId}), and its history lacks the changes of ` +
    `${businessDate}. To rebuild the history: ${rebuildCommand(stage, businessDate)}.`
  );
}

/** Business date of a run ID. */
function dateOf(runId: string): string {
  return runId.slice(0, 10);
}
