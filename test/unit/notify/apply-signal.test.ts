import fc from "fast-check";
import { applySignal, type IncidentChange } from "../../../functions/notify/apply-signal.ts";
import { EMPTY_BOARD, type Board, type LayerFailure } from "../../../functions/notify/board.ts";
import type { AlarmSignal, Signal } from "../../../functions/notify/signal.ts";
import { alarmName, type AlarmKindName } from "../../../shared/observability/alarm-catalogue.ts";

function at(minute: number): string {
  return new Date(Date.UTC(2026, 1, 6, 22, minute)).toISOString();
}

function failed(minute: number, data: Partial<LayerFailure> = {}): Signal {
  const failure: LayerFailure = {
    ...{ layer: "silver", runId: "2026-02-07-1a2b3c4d", businessDate: "2026-02-07", attempt: 1 },
    ...{ failedAt: at(minute), code: "ER_BAD_FIELD_ERROR", message: "broken", subjects: [], tests: [] },
    ...data,
  };
  return { kind: "layer-failed", failure };
}

function completed(minute: number, businessDate = "2026-02-07"): Signal {
  return { kind: "run-completed", runId: `${businessDate}-1a2b3c4d`, businessDate, finishedAt: at(minute) };
}

function alarm(kind: AlarmKindName, state: AlarmSignal["state"], minute: number, subject = "silver"): AlarmSignal {
  return {
    ...{ kind: "alarm", name: alarmName("prod", { kind, subject }), alarm: kind, subject, state },
    ...{ changedAt: at(minute), reason: "", hasWaited: false },
  };
}

/** Applies signals in order; deferred ones are delivered again at the end. */
function play(signals: readonly Signal[], board: Board = EMPTY_BOARD): { board: Board; changes: IncidentChange[] } {
  const changes: IncidentChange[] = [];
  const deferred: Signal[] = [];
  for (const signal of signals) {
    const update = applySignal(board, signal);
    if (update.isDeferred === true && signal.kind === "alarm") deferred.push({ ...signal, hasWaited: true });
    changes.push(...update.changes);
    board = update.board;
  }
  if (deferred.length === 0) return { board, changes };
  const rest = play(deferred, board);
  return { board: rest.board, changes: [...changes, ...rest.changes] };
}

const kinds = (signals: readonly Signal[]): string[] => play(signals).changes.map(({ kind }) => kind);

/** A failed layer with the resulting alarms, replayed twice before it is repaired. */
const STORY: readonly Signal[] = [
  failed(1),
  alarm("failed", "ALARM", 2),
  alarm("dlq-not-empty", "ALARM", 2),
  failed(10, { attempt: 2 }),
  failed(20, { attempt: 3 }),
  alarm("dlq-not-empty", "OK", 29),
  completed(30),
  alarm("failed", "OK", 31),
];

describe("applySignal", () => {
  it("sends one alert for a failure and its alarms, however often it is replayed, and one for the recovery", () => {
    expect(kinds(STORY)).toEqual(["opened", "recovered"]);
  });

  it("sends at most one alert of each kind when signals arrive in any order and more than once", () => {
    const shuffled = fc.shuffledSubarray([...STORY, ...STORY, ...STORY.slice(0, 3)], { minLength: 10 });

    fc.assert(
      fc.property(shuffled, (signals) => {
        const { changes, board } = play([...signals, ...STORY.slice(-3)]);
        const alerts = changes.map(({ kind }) => kind);

        // no alert if the recovery arrives first
        expect([[], ["opened", "recovered"]]).toContainEqual(alerts);
        expect(board.open).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("sends one alert per layer where several fail one after another, and one for the recovery", () => {
    const story = [
      ...[failed(1, { layer: "staging" }), failed(4, { layer: "staging" })],
      ...[failed(9), alarm("failed", "ALARM", 10), failed(12), failed(15), alarm("failed", "OK", 16)],
      ...[failed(20, { layer: "gold" }), alarm("dlq-not-empty", "ALARM", 21, "gold"), completed(30)],
      alarm("dlq-not-empty", "OK", 31, "gold"),
    ];

    const { changes } = play(story);

    expect(kinds(story)).toEqual(["opened", "opened", "opened", "recovered"]);
    expect(changes.at(-1)).toMatchObject({
      incidents: ["staging", "silver", "gold"].map((subject) => ({ subject })),
      completion: { businessDate: "2026-02-07" },
    });
  });

  it("opens an incident for each run, and closes both with one alert", () => {
    const tomorrow = failed(5, { runId: "2026-02-08-5e6f7a8b", businessDate: "2026-02-08" });

    const { changes } = play([failed(1), tomorrow, completed(9, "2026-02-08")]);

    expect(changes.map(({ kind }) => kind)).toEqual(["opened", "opened", "recovered"]);
    expect(changes[2]).toMatchObject({ incidents: [{ openedAt: at(1) }, { openedAt: at(5) }] });
  });

  it("does not close a failure when an older date completes", () => {
    expect(kinds([failed(1), completed(5, "2026-02-06")])).toEqual(["opened"]);
  });

  it("sends an alert for an alarm without an event after waiting for the event", () => {
    const first = applySignal(EMPTY_BOARD, alarm("dlq-not-empty", "ALARM", 1));

    expect(first).toMatchObject({ isDeferred: true, changes: [] });
    expect(kinds([alarm("dlq-not-empty", "ALARM", 1), alarm("stale", "ALARM", 2, "gold")])).toEqual([
      "opened",
      "opened",
    ]);
  });

  it("sends no alert for an alarm that returned to OK while it waited", () => {
    expect(kinds([alarm("failed", "ALARM", 1), alarm("failed", "OK", 2)])).toEqual([]);
  });

  it("waits again when the delivery of another alert failed meanwhile, and alerts at once when it arrives late", () => {
    const waiting: AlarmSignal = alarm("failed", "ALARM", 1);
    const once = applySignal(EMPTY_BOARD, waiting).board;

    expect(applySignal(once, waiting)).toMatchObject({ isDeferred: true, changes: [] });
    expect(applySignal(EMPTY_BOARD, { ...waiting, hasWaited: true }).changes).toMatchObject([{ kind: "opened" }]);
  });

  it("does not wait where there is no event", () => {
    expect(applySignal(EMPTY_BOARD, alarm("dlq-not-empty", "ALARM", 1, "rule")).changes).toHaveLength(1);
  });

  it("sends a second alert when a warning becomes an error, and one for the recovery", () => {
    const story = [
      alarm("slow", "ALARM", 1),
      alarm("overdue", "ALARM", 6),
      alarm("overdue", "OK", 8),
      alarm("slow", "OK", 8),
    ];

    expect(kinds(story)).toEqual(["opened", "worse", "recovered"]);
  });

  it("does not close a failed refresh when a run completes", () => {
    const refreshed: Signal = {
      ...(completed(12) as Extract<Signal, { kind: "run-completed" }>),
      kind: "dashboards-refreshed",
    };

    expect(kinds([completed(1), failed(5, { layer: "refresh" }), completed(9), refreshed])).toEqual([
      "opened",
      "recovered",
    ]);
  });
});
