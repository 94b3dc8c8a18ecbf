import { staging } from "../../../functions/staging/staging.ts";
import type { EventOf } from "../../../events/schemas.ts";
import { DAY, dump as exampleDump, exampleEvent, RUN } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";

const policy = { name: "staging", isLast: false, retries: 2, retryIntervalSeconds: 300, backoff: 2 };

describe("the staging layer, for a request that starts at a later layer and names no run", () => {
  const harness = new LayerHarness(policy);

  beforeAll(() => harness.start());
  afterAll(() => harness.stop());

  /** Delivers a request, as `./baton run --from silver --remote` sends it. @returns the completed run's event */
  async function deliver(eventId: string): Promise<EventOf<"LayerCompleted"> | undefined> {
    const request = exampleEvent("PipelineRequested");
    const { emittedAt, schemaVersion, stage } = request.detail.metadata;
    request.detail = {
      metadata: { eventId, emittedAt, schemaVersion, stage },
      data: { requestedBy: "operator", from: "silver" },
    };
    await harness.send(request);
    expect(await harness.deliver(staging)).toEqual({ kind: "acknowledge" });
    const events = await harness.emitted();
    return events.find((event) => event["detail-type"] === "LayerCompleted");
  }

  it("uses date and dump of the live tables, and one run for each request, however often it is delivered", async () => {
    expect(await deliver("too-early")).toBeUndefined();
    const [refused] = await harness.dlqMessages();
    const dump = { ...exampleDump, bucket: harness.environment.BATON_BUCKET };
    await harness.pretendPublished("staging", RUN, DAY);
    await harness.warehouse.pool.query(
      `UPDATE ${harness.warehouse.prefix}pipeline.run SET dump = ?, state = 'completed' WHERE run_id = ?`,
      [JSON.stringify(dump), RUN],
    );

    const completed = [await deliver("first"), await deliver("first"), await deliver("second")];

    expect(refused?.attributes).toMatchObject({ code: "UPSTREAM_NOT_LIVE", runId: "unknown" });
    expect(completed.map((event) => [event?.detail.metadata.runId, event?.detail.metadata.correlationId])).toEqual([
      [`${RUN}-r1`, "first"],
      [`${RUN}-r1`, "first"],
      [`${RUN}-r2`, "second"],
    ]);
    expect(completed[0]?.detail.data).toMatchObject({ businessDate: DAY, dump });
    expect(await harness.status(`${RUN}-r2`)).toMatchObject({ run: { state: "running", businessDate: DAY } });
  });
});
