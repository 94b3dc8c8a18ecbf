import type { Verdict } from "./judge.ts";

/** After so many consecutive runs with the same failure, this one included, Baton no longer retries. */
export const HISTORY_RUNS = 3;

/** A failure of an earlier run: the parts that are compared. */
interface PastFailure {
  pattern: string;
  databaseError: number | null;
  code: string;
  subjects: readonly string[];
}

/** An earlier run of a layer. */
export interface PastRun {
  runId: string;
  /** True when the layer was published in the end: a retry helped. */
  isCompleted: boolean;
  failures: readonly PastFailure[];
}

/** A verdict after comparison with earlier runs. */
export interface HistoryVerdict {
  verdict: Verdict;
  /** True when Baton does not retry although the error is transient by kind. */
  stopsRetries: boolean;
}

/**
 * Compares a verdict with earlier runs: when the same model or table of a layer failed in the same way in consecutive
 * runs and no retry helped, the message goes to the DLQ at once, with the history in its error.
 *
 * Errors without a model or table do not count: an outage of the database or of AWS can happen three nights in a row
 * and end each time.
 *
 * @param past the runs of the layer before this one, newest first
 */
export function followHistory(verdict: Verdict, layer: string, past: readonly PastRun[]): HistoryVerdict {
  const unchanged = { verdict, stopsRetries: false };
  if (!verdict.error.retriable || past.length < HISTORY_RUNS - 1) return unchanged;
  const before = past.slice(0, HISTORY_RUNS - 1);
  const subject = verdict.subjects.find((name) => before.every((run) => !run.isCompleted && failedAlike(run, name)));
  if (subject === undefined) return unchanged;
  const runs = before.map(({ runId }) => runId).toReversed();
  const { message, advice } = verdict.error;
  return {
    stopsRetries: true,
    verdict: {
      ...verdict,
      error: {
        ...verdict.error,
        message:
          `${subject} has failed in the same way (${verdict.pattern}) in ${HISTORY_RUNS} consecutive runs of ${layer}: ` +
          `${runs.join(", ")} and this one. No retry helped, so Baton does not retry. ${message}`,
        advice: `Retries did not help: find the cause first. ${advice ?? ""}`.trim(),
      },
    },
  };

  function failedAlike({ failures }: PastRun, name: string): boolean {
    return failures.some(
      (failure) =>
        failure.pattern === verdict.pattern &&
        failure.subjects.includes(name) &&
        failure.databaseError === (verdict.databaseError ?? null) &&
        (verdict.databaseError !== undefined || failure.code === verdict.error.code),
    );
  }
}
