import { commandFor } from "./command-for.ts";

/** The command that builds the history again from a business date, from the stored dumps. */
export function rebuildCommand(stage: string, businessDate: string): string {
  return commandFor(stage, `backfill --from ${businessDate} --force`);
}

/**
 * Explains the gaps among dates: what the history lacks and how to rebuild it.
 *
 * @param dates with the layers that lack them, and the earliest gap if it may not be among them; a date may occur several
 *   times
 * @returns undefined when no layer lacks any of the dates
 */
export function gapText(
  stage: string,
  dates: readonly { businessDate: string; missingIn: readonly string[]; rebuildFrom?: string | null }[],
): string | undefined {
  const gaps = dates.filter(({ missingIn }) => missingIn.length > 0);
  const days = [...new Set(gaps.map(({ businessDate }) => businessDate))].sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const layers = [...new Set(gaps.flatMap(({ missingIn }) => missingIn))].join(" and ");
  const what =
    days.length === 1
      ? `${first} is a gap in ${layers}: the history has no changes of that date`
      : `${days.length} dates from ${first} to ${last} are gaps in ${layers}: the history has no changes of these dates`;
  const from = [first, ...gaps.flatMap(({ rebuildFrom }) => rebuildFrom ?? [])].sort()[0] ?? first;
  return `${what}. To rebuild the history: ${rebuildCommand(stage, from)}`;
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

/** Explains how to continue a run whose DLQ message is no longer there. */
export function noMessageText(stage: string, runId: string): string {
  const again = commandFor(stage, `run --date ${dateOf(runId)} --allow-stale`);
  return `A replay is not possible: the DLQ message was deleted or has expired. To continue the run: ${again}`;
}

/** Business date of a run ID. */
function dateOf(runId: string): string {
  return runId.slice(0, 10);
}
