import { Segment } from "aws-xray-sdk-core";
import type { Context, SQSEvent } from "aws-lambda";
import { functionHandler } from "../../../shared/observability/function-handler.ts";
import { logger, metrics, tracer } from "../../../shared/observability/observability.ts";
import { traceStep } from "../../../shared/observability/trace-step.ts";
import { bodyOf, exampleEvent, RUN } from "../../support/ledger/event-builders.ts";

const context = {
  functionName: "baton-test-silver",
  memoryLimitInMB: "2048",
  awsRequestId: "request-1",
  getRemainingTimeInMillis: () => 60_000,
} as Context; // the part that the middleware reads

/** The queue message that delivers an event to its function. */
function messageWith(body: string): SQSEvent {
  return { Records: [{ body }] } as SQSEvent; // the part that the middleware reads
}

describe("the middleware of every function", () => {
  let lines: Record<string, unknown>[];

  beforeEach(() => {
    lines = [];
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, "write").mockImplementation((text) => {
        lines.push(JSON.parse(String(text)) as Record<string, unknown>);
        return true;
      });
    }
  });
  afterEach(() => jest.restoreAllMocks());

  it("adds layer, run, business date and correlation ID to every log line of a call, and only of that call", async () => {
    const handler = functionHandler<SQSEvent, void>("silver", () => Promise.resolve(logger.info("at work")));

    await handler(messageWith(bodyOf(exampleEvent("LayerCompleted", { layer: "staging" }))), context);
    await handler(messageWith("not JSON"), context);

    const [first, second] = lines.filter(({ message }) => message === "at work");
    const run = { runId: RUN, businessDate: "2026-02-07", correlationId: "request-1" };
    expect(first).toMatchObject({ layer: "silver", service: "baton", level: "INFO", ...run });
    expect(second).toMatchObject({ layer: "silver" });
    for (const key of Object.keys(run)) expect(second).not.toHaveProperty(key);
  });

  it("measures every call of a layer, also one that fails, with the dimensions stage and layer only", async () => {
    const work = (): Promise<never> => {
      metrics.add("RetryCount", 1);
      return Promise.reject(new Error("broken"));
    };
    const handler = functionHandler("silver", work, "layer");

    await expect(handler({}, context)).rejects.toThrow("broken");
    await expect(handler({}, context)).rejects.toThrow("broken");

    const emf = lines.filter((line) => "_aws" in line);
    expect(emf).toHaveLength(2);
    expect(emf[0]).toMatchObject({ layer: "silver", RetryCount: 1 });
    expect(emf[1]).toMatchObject({ TimeUsedPercent: expect.any(Number) as number });
    expect(emf[1]?.["MemoryUsedPercent"]).toBeGreaterThan(0);
    for (const line of emf) expect(line).toHaveProperty("_aws.CloudWatchMetrics.0.Dimensions", [["stage", "layer"]]);

    await expect(functionHandler("notify", work)({}, context)).rejects.toThrow("broken");
    expect(lines.at(-1)).toMatchObject({ layer: "notify", RetryCount: 1 });
    expect(lines.at(-1)).not.toHaveProperty("MemoryUsedPercent");
  });

  it("removes row values from everything that is logged", () => {
    const message = "Duplicate entry 'Hanako O'Brien-03-1234' for key 'tenants.phone'";
    logger.error("attempt failed", { failure: { message }, error: new Error(message) });

    expect(JSON.stringify(lines)).toContain("for key 'tenants.phone'");
    expect(JSON.stringify(lines)).not.toMatch(/Hanako|1234/);
  });

  it("adds a finished step to the trace as a subsegment, and marks failed steps", () => {
    const segment = new Segment("call");
    jest.spyOn(tracer, "getSegment").mockReturnValue(segment);

    const before = Date.now() / 1_000;
    traceStep({ name: "stg_tenants", kind: "model", state: "completed", durationMs: 1_500 });
    traceStep({ name: "unique(a|b)", kind: "test", state: "failed", durationMs: 10 });
    traceStep({ name: "still_running", kind: "model", state: "running" });

    const [model, test, ...more] = segment.subsegments ?? [];
    expect(more).toEqual([]);
    expect(model).toMatchObject({ name: "model stg_tenants", annotations: { state: "completed" } });
    expect(model?.start_time).toBeGreaterThanOrEqual(before - 1.5);
    expect(model?.start_time).toBeLessThanOrEqual(Date.now() / 1_000 - 1.5);
    expect(test).toMatchObject({ name: "test unique_a_b_", error: true });
  });
});
