import type { Verdict } from "./judge.ts";

/** Runs in a row, this one included, after which a fault that comes again and again is not tried again. */
export const HISTORY_RUNS = 3;

/** A failure of an earlier run, as far as it is compared. */
export interface PastFailure {
  pattern: string;
  databaseError: number | null;
  code: string;
  subjects: readonly string[];
}

/** An earlier run of a layer. */
export interface PastRun {
  runId: string;
  /** True when the layer became live in the end: then trying again has helped. */
  isCompleted: boolean;
  failures: readonly PastFailure[];
}

/** What a verdict turns into when history is heard. */
export interface HistoryVerdict {
  verdict: Verdict;
  /** True when the fault is not to be tried again, although by its nature it passes. */
  isHopeless: boolean;
}

/**
 * Lets history decide: when the same model or table of a layer has failed in the same way, run after run, and no retry
 * has helped in any of them, then it goes to the dead-letter queue at once, with the history in its message.
 *
 * Faults that name no model or table are not counted: an outage of the database or of AWS may well come three nights in
 * a row and pass each time.
 *
 * @param past the runs of the layer before this one, newest first
 */
export function followHistory(verdict: Verdict, layer: string, past: readonly PastRun[]): HistoryVerdict {
  const unchanged = { verdict, isHopeless: false };
  if (!verdict.error.retriable || past.length < HISTORY_RUNS - 1) return unchanged;
  const before = past.slice(0, HISTORY_RUNS - 1);
  const subject = verdict.subjects.find((name) => before.every((run) => !run.isCompleted && failedAlike(run, name)));
  if (subject === undefined) return unchanged;
  const runs = before.map(({ runId }) => runId).toReversed();
  const { message, advice } = verdict.error;
  return {
    isHopeless: true,
    verdict: {
      ...verdict,
      error: {
        ...verdict.error,
        message:
          `${subject} has failed in the same way (${verdict.pattern}) in ${HISTORY_RUNS} runs of ${layer} in a row, ` +
          `in ${runs.join(", ")} and in this one, and no retry has helped: it is not tried again. ${message}`,
        advice: `Retries do not help here, the cause has to be found first. ${advice ?? ""}`.trim(),
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
