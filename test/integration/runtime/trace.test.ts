import { setTimeout as wait } from "node:timers/promises";
import type { Context, SQSRecord } from "aws-lambda";
import { runIdOf } from "../../../events/ids.ts";
import { DAY, exampleEvent, examples } from "../../support/ledger/event-builders.ts";
import type { LayerHarness } from "../../support/ledger/layer-harness.ts";
import { XRayDaemon } from "../../support/stand-ins/xray-daemon.ts";

const TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793";
const LAMBDA_SEGMENT = "53995c3f42cd8ad8";
const RUN = runIdOf(DAY, "7ace7ace".repeat(8));
const context = {
  ...{ functionName: "baton-test-first", memoryLimitInMB: "2048", awsRequestId: "request-1" },
  getRemainingTimeInMillis: () => 60_000,
} as Context; // the part that the middleware reads

/** An attempt of a layer in an environment like Lambda's, with tracing on: the data that the X-Ray daemon receives. */
describe("the trace of a layer", () => {
  const daemon = new XRayDaemon();
  const before = { ...process.env };
  let harness: LayerHarness;
  let handle: (record: SQSRecord) => Promise<unknown>;

  beforeAll(async () => {
    Object.assign(process.env, {
      AWS_XRAY_DAEMON_ADDRESS: await daemon.start(),
      _X_AMZN_TRACE_ID: `Root=${TRACE_ID};Parent=${LAMBDA_SEGMENT};Sampled=1`,
      LAMBDA_TASK_ROOT: "/var/task",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_LAMBDA_FUNCTION_NAME: context.functionName,
      _HANDLER: "functions/first/handler.handler",
    });
    // the tracer reads its environment when its module is loaded
    const { LayerHarness: Harness } = await import("../../support/ledger/layer-harness.ts");
    const { functionHandler } = await import("../../../shared/observability/function-handler.ts");
    const { defineLayer, requested } = await import("../../../shared/runtime/layer-definition.ts");
    const { PermanentError } = await import("../../../shared/errors/errors.ts");
    harness = new Harness({ name: "first", isLast: true, retries: 1, retryIntervalSeconds: 1, backoff: 1 });
    await harness.start();
    const definition = defineLayer({
      name: "first",
      listensTo: requested(),
      async run({ recordSteps, run }) {
        await wait(60);
        await recordSteps([
          { name: "tenants", kind: "table", state: "completed", durationMs: 40 },
          { name: "stg_rooms", kind: "model", state: "running" },
        ]);
        await recordSteps([
          { name: "stg_rooms", kind: "model", state: "completed", durationMs: 20 },
          { name: "unique(a|b)", kind: "test", state: "failed", durationMs: 10 },
        ]);
        if (run.attempt > 1) return { stats: { tables: 1, rows: 1, bytes: 1 } };
        throw new PermanentError("DUMP_DATA", "tenants: Duplicate entry 'Hanako' for key 'phone'", { kind: "data" });
      },
    });
    const handler = functionHandler("first", () => harness.deliver(definition));
    handle = () => handler({}, context);
    for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, "write").mockReturnValue(true);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await harness.stop();
    await daemon.stop();
    process.env = before;
  });

  it("has the attempt as a part of the call, and table loads and dbt nodes as parts of the attempt", async () => {
    const startedAt = Date.now() / 1_000;
    await harness.send(exampleEvent("PipelineRequested", { dump: examples.PipelineCompleted.dump }, RUN));
    await handle({} as SQSRecord);

    const sent = await daemon.subsegments(5);
    const [call, attempt] = [
      sent.find(({ name }) => name.startsWith("##")),
      sent.find(({ name }) => /^attempt/.test(name)),
    ];
    expect(sent.map(({ trace_id }) => trace_id)).toEqual(sent.map(() => TRACE_ID));
    expect(call).toMatchObject({ name: "## functions/first/handler.handler", parent_id: LAMBDA_SEGMENT });
    expect(attempt).toMatchObject({
      ...{ name: "attempt 1 of first", parent_id: call?.id, error: true },
      annotations: { runId: RUN, layer: "first", attempt: 1, businessDate: DAY, errorCode: "DUMP_DATA" },
    });
    const steps = sent.filter(({ parent_id }) => parent_id === attempt?.id);
    expect(steps.map(({ name, error, annotations }) => [name, error, annotations["state"]])).toEqual([
      ["table tenants", undefined, "completed"],
      ["model stg_rooms", undefined, "completed"],
      ["test unique_a_b_", true, "failed"],
    ]);
    for (const [index, durationMs] of [40, 20, 10].entries()) {
      const { start_time: start = 0, end_time: end = 0 } = steps[index] ?? {};
      expect(end - start).toBeCloseTo(durationMs / 1_000, 1);
    }
    for (const { start_time: start, end_time: end } of [...steps, ...(attempt === undefined ? [] : [attempt])]) {
      expect(start).toBeGreaterThanOrEqual(startedAt - 0.05);
      expect(end).toBeLessThanOrEqual(call?.end_time ?? 0);
    }
    expect(daemon.received.join("\n")).not.toContain("Hanako");
  });

  it("has the next attempt as another part, not marked when it succeeds", async () => {
    await harness.replay();
    daemon.received.length = 0;

    await handle({} as SQSRecord);

    const attempt = (await daemon.subsegments(5)).find(({ name }) => name === "attempt 2 of first");
    expect(attempt).toMatchObject({ annotations: { runId: RUN, attempt: 2 } });
    expect(attempt?.error).toBeUndefined();
    expect(attempt?.annotations).not.toHaveProperty("errorCode");
  });

  it("marks a call that fails, without the values that its error quotes", async () => {
    daemon.received.length = 0;
    const { functionHandler } = await import("../../../shared/observability/function-handler.ts");
    const error = new Error("Duplicate entry 'Hanako' for key 'phone'");

    await expect(functionHandler("pulse", () => Promise.reject(error))({}, context)).rejects.toThrow("Duplicate entry");

    const [call] = await daemon.subsegments(1);
    expect(call?.fault ?? call?.error).toBe(true);
    expect(daemon.received.join("\n")).toContain("Duplicate entry '…' for key 'phone'");
    expect(daemon.received.join("\n")).not.toContain("Hanako");
  });
});
