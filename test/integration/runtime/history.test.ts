import { runIdOf } from "../../../events/ids.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import { defineLayer, requested } from "../../../shared/runtime/layer-definition.ts";
import { DAY, exampleEvent, examples } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";

const policy: LayerPolicy = { name: "first", isLast: true, retries: 1, retryIntervalSeconds: 100, backoff: 2 };

describe("verdicts from earlier runs", () => {
  const harness = new LayerHarness(policy);
  let runs = 0;

  beforeAll(() => harness.start());
  afterAll(() => harness.stop());

  /** A layer with a model that the database rejects; without a model, it succeeds. */
  function layer(model: string | undefined) {
    return defineLayer({
      name: policy.name,
      listensTo: requested(),
      run: () =>
        model === undefined
          ? Promise.resolve({ stats: { tables: 1, rows: 3, bytes: 10 } })
          : Promise.reject(Object.assign(new Error("Lock wait timeout exceeded"), { errno: 1205, subjects: [model] })),
    });
  }
  /** Delivers the messages of a run until its last one is acknowledged. */
  async function attempt(...models: (string | undefined)[]): Promise<string> {
    runs += 1;
    const runId = runIdOf(DAY, runs.toString(16).padStart(8, "0").repeat(8));
    await harness.send(exampleEvent("PipelineRequested", { dump: examples.PipelineCompleted.dump }, runId));
    for (const model of models) {
      const { kind } = await harness.deliver(layer(model));
      if (kind === "acknowledge") break;
    }
    return runId;
  }
  async function attemptsOf(runId: string): Promise<number | undefined> {
    return (await harness.status(runId))?.layers[0]?.attempts;
  }

  it("stop retries when the same model fails in the same way in the third run, with the earlier runs in the message", async () => {
    const first = await attempt("rooms", "rooms");
    const second = await attempt("rooms", "rooms");
    const third = await attempt("rooms", "rooms");

    expect(await Promise.all([first, second, third].map(attemptsOf))).toEqual([2, 2, 1]);
    const messages = await harness.dlqMessages();
    expect(messages.map(({ attributes }) => attributes["attempt"])).toEqual(["2", "2", "1"]);
    expect(messages[2]?.attributes["message"]).toContain(
      `3 consecutive runs of first: ${first}, ${second} and this one`,
    );
    expect(await harness.failures(1)).toEqual([
      expect.objectContaining({ runId: third, pattern: "lock-wait", subjects: ["rooms"], verdict: "dead-letter" }),
    ]);
  });

  it("retry again for another model, and after a run in which a retry succeeded", async () => {
    expect(await attemptsOf(await attempt("tenants", "tenants"))).toBe(2);
    expect(await attemptsOf(await attempt("rooms", undefined))).toBe(2);
    expect(await attemptsOf(await attempt("rooms", "rooms"))).toBe(2);
    expect(await attemptsOf(await attempt("rooms", "rooms"))).toBe(2);
    expect(await attemptsOf(await attempt("rooms", "rooms"))).toBe(1);
  });
});
