import type { ReportedRun } from "./report.ts";

/** The time between a failed attempt and the next one; milliseconds since 1970. */
export interface RetryWait {
  layer: string;
  from: number;
  to: number;
}

/** Returns the waits before a run's retries; a wait that has not ended lasts until the next attempt is due. */
export function waitsOf({ attempts, layers }: ReportedRun): RetryWait[] {
  return layers.flatMap(({ name: layer, nextAttemptAt }) => {
    const ofLayer = attempts.filter((attempt) => attempt.layer === layer);
    return ofLayer.flatMap(({ state, finishedAt }, index): RetryWait[] => {
      const end = ofLayer[index + 1]?.startedAt ?? nextAttemptAt;
      if (state !== "retrying" || finishedAt === null || end === null) return [];
      const [from, to] = [Date.parse(finishedAt), Date.parse(end)];
      return to > from ? [{ layer, from, to }] : [];
    });
  });
}
