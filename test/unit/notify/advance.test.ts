import fc from "fast-check";
import { advance, type Telling } from "../../../functions/notify/advance.ts";
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
    ...{ changedAt: at(minute), reason: "", isDeferred: false },
  };
}

/** Takes signals in their order; those that are put off come again at the end. */
function play(signals: readonly Signal[], board: Board = EMPTY_BOARD): { board: Board; tellings: Telling[] } {
  const tellings: Telling[] = [];
  const deferred: Signal[] = [];
  for (const signal of signals) {
    const step = advance(board, signal);
    if (step.isDeferred === true && signal.kind === "alarm") deferred.push({ ...signal, isDeferred: true });
    tellings.push(...step.tellings);
    board = step.board;
  }
  if (deferred.length === 0) return { board, tellings };
  const rest = play(deferred, board);
  return { board: rest.board, tellings: [...tellings, ...rest.tellings] };
}

const kinds = (signals: readonly Signal[]): string[] => play(signals).tellings.map(({ kind }) => kind);

/** A broken layer with the alarms that follow, replayed twice before it is repaired. */
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

describe("advance", () => {
  it("tells once of a failure and its alarms, however often it is replayed, and once that it is over", () => {
    expect(kinds(STORY)).toEqual(["opened", "recovered"]);
  });

  it("tells at most once of each when signals come in any order, and more than once", () => {
    const shuffled = fc.shuffledSubarray([...STORY, ...STORY, ...STORY.slice(0, 3)], { minLength: 10 });

    fc.assert(
      fc.property(shuffled, (signals) => {
        const { tellings, board } = play([...signals, ...STORY.slice(-3)]);
        const told = tellings.map(({ kind }) => kind);

        // a story whose end comes first was over before anybody heard of it
        expect([[], ["opened", "recovered"]]).toContainEqual(told);
        expect(board.open).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("tells once a layer where several fail after each other and are replayed by hand, and once that all is well", () => {
    const story = [
      ...[failed(1, { layer: "staging" }), failed(4, { layer: "staging" })],
      ...[failed(9), alarm("failed", "ALARM", 10), failed(12), failed(15), alarm("failed", "OK", 16)],
      ...[failed(20, { layer: "gold" }), alarm("dlq-not-empty", "ALARM", 21, "gold"), completed(30)],
      alarm("dlq-not-empty", "OK", 31, "gold"),
    ];

    const { tellings } = play(story);

    expect(kinds(story)).toEqual(["opened", "opened", "opened", "recovered"]);
    expect(tellings.at(-1)).toMatchObject({
      incidents: ["staging", "silver", "gold"].map((subject) => ({ subject })),
      completion: { businessDate: "2026-02-07" },
    });
  });

  it("takes a failure of another run for a new incident, and closes both with one message", () => {
    const tomorrow = failed(5, { runId: "2026-02-08-5e6f7a8b", businessDate: "2026-02-08" });

    const { tellings } = play([failed(1), tomorrow, completed(9, "2026-02-08")]);

    expect(tellings.map(({ kind }) => kind)).toEqual(["opened", "opened", "recovered"]);
    expect(tellings[2]).toMatchObject({ incidents: [{ openedAt: at(1) }, { openedAt: at(5) }] });
  });

  it("does not take an older day's completion for the repair of a newer one", () => {
    expect(kinds([failed(1), completed(5, "2026-02-06")])).toEqual(["opened"]);
  });

  it("tells an alarm that no event explains, after waiting for the event", () => {
    const first = advance(EMPTY_BOARD, alarm("dlq-not-empty", "ALARM", 1));

    expect(first).toMatchObject({ isDeferred: true, tellings: [] });
    expect(kinds([alarm("dlq-not-empty", "ALARM", 1), alarm("stale", "ALARM", 2, "gold")])).toEqual([
      "opened",
      "opened",
    ]);
  });

  it("says nothing of an alarm that went off before its time to wait was over", () => {
    expect(kinds([alarm("failed", "ALARM", 1), alarm("failed", "OK", 2)])).toEqual([]);
  });

  it("does not wait where no event can come", () => {
    expect(advance(EMPTY_BOARD, alarm("dlq-not-empty", "ALARM", 1, "rule")).tellings).toHaveLength(1);
  });

  it("tells a warning that becomes an error as worse, and its end once", () => {
    const story = [
      alarm("slow", "ALARM", 1),
      alarm("overdue", "ALARM", 6),
      alarm("overdue", "OK", 8),
      alarm("slow", "OK", 8),
    ];

    expect(kinds(story)).toEqual(["opened", "worse", "recovered"]);
  });

  it("keeps refresh apart from the run", () => {
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
