import { buildEvent } from "../../../events/build-event.ts";
import { businessDateSchema, runIdOf, type RunId } from "../../../events/ids.ts";
import type { BatonEvent, DetailType, EventData, EventOf } from "../../../events/schemas.ts";

export const DAY = businessDateSchema.parse("2026-02-07");
export const SHA256 = "1a2b3c4d".repeat(8);
export const RUN: RunId = runIdOf(DAY, SHA256);
const NOON = new Date("2026-02-07T03:00:00.000Z");

export const dump = {
  bucket: "dumps",
  key: "dumps/gghouse_20260207.sql",
  sha256: SHA256,
  bytes: 945_000_000,
  takenAt: "2026-02-06T20:30:00.000Z",
};
const target = { fingerprint: "0123456789abcdef", host: "warehouse", schema: "silver" };
const attempt = {
  layer: "silver",
  businessDate: DAY,
  attempt: 1,
  startedAt: "2026-02-06T22:02:00.000Z",
  dump,
  target,
};
const finished = { finishedAt: "2026-02-06T22:04:00.000Z", durationMs: 120_000 };
const stats = { tables: 7, rows: 250_000, bytes: 80_000_000 };

const reviewed = {
  base: "main",
  project: { key: `reviews/requests/${"1a2b3c4d-".repeat(3)}123456789.zip`, sha256: SHA256, bytes: 90_000 },
};

/** One valid example of the data of every event. */
export const examples: { [T in DetailType]: EventData<T> } = {
  PipelineRequested: {
    requestedBy: "operator",
    businessDate: DAY,
    manifestKey: "dumps-manifest/gghouse_20260207.json",
  },
  LayerStarted: attempt,
  LayerCompleted: { ...attempt, ...finished, stats },
  LayerRestored: { ...attempt, ...finished, stats },
  LayerFailed: {
    ...attempt,
    ...finished,
    error: { kind: "data", code: "QUALITY_TESTS_FAILED", message: "1 test failed", retriable: false, advice: "repair" },
  },
  QualityTestFailed: {
    ...attempt,
    tests: [{ name: "unique_new_contracts", model: "new_contracts", severity: "error", failures: 3 }],
  },
  PipelineCompleted: {
    businessDate: DAY,
    startedAt: attempt.startedAt,
    dump,
    target,
    ...finished,
    stats,
  },
  DashboardsRefreshed: { ...attempt, layer: "refresh", ...finished, stats },
  ReviewRequested: reviewed,
  ReviewCompleted: {
    ...reviewed,
    verdict: "changed",
    report: { json: "reviews/answers/1a2b3c4d/report.json", markdown: "reviews/answers/1a2b3c4d/report.md" },
    startedAt: attempt.startedAt,
    ...finished,
  },
  MigrationRequested: { command: "copy", by: "ann@desk", connections: 3 },
};

/** Builds a valid event; `data` replaces single fields of the example. */
export function exampleEvent<T extends DetailType>(
  detailType: T,
  data: Partial<EventData<T>> = {},
  runId: RunId = RUN,
): EventOf<T> {
  const context = { runId, stage: "local", correlationId: "request-1", causationId: "request-1", emittedAt: NOON };
  return buildEvent(detailType, context, { ...examples[detailType], ...data });
}

/** An event in the form of a queue message. */
export function bodyOf(event: BatonEvent): string {
  return JSON.stringify({ version: "0", id: "bus-id", account: "0", region: "ap-northeast-1", ...event });
}
