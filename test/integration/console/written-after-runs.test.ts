import { setTimeout as wait } from "node:timers/promises";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { BatonEvent } from "../../../events/schemas.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";
import { seedLedger } from "../../support/ledger/seed-ledger.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";

/** The deployed functions, with their own roles. */
describe("after a run", () => {
  let stage: TestStage;
  let newestRunId: string;

  beforeAll(async () => {
    stage = await deployStage();
    const ledger = await openLedger(stage.access.warehouse, {});
    ({ newestRunId } = await seedLedger(ledger.pool, { runs: 3, newest: "failed", lastDay: "2026-02-07" }));
    await ledger.pool.end();
  }, 180_000);
  afterAll(() => stage.dispose());

  async function publish(event: BatonEvent): Promise<void> {
    const entry = { EventBusName: stage.status.bus, Source: event.source, DetailType: event["detail-type"] };
    await stage.access.eventBridge.send(
      new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(event.detail) }] }),
    );
  }
  async function textOf(key: string, seconds: number): Promise<string> {
    const { s3, bucket } = stage.access;
    for (let tries = 0; tries < seconds * 2; tries += 1) {
      const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      });
      if (found?.Body !== undefined) return found.Body.transformToString();
      await wait(500);
    }
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    throw new Error(
      `no ${key} within ${seconds} s; the bucket has ${Contents.map(({ Key }) => Key).join(", ") || "nothing"}`,
    );
  }

  it("the page and a copy for the run are in the bucket, also when a layer failed", async () => {
    await publish(exampleEvent("LayerFailed"));

    const page = await textOf("console/index.html", 60);

    expect(page).toContain("Not good: the run of 2026-02-07 (Sat) failed in silver.");
    // the run is older than the retention period of the queues
    expect(page).toContain("the DLQ message was deleted or has expired");
    expect(await textOf(`console/runs/${newestRunId}.html`, 5)).toContain(newestRunId);
  }, 90_000);

  it("the dbt docs of the live schemas are in the bucket, in one file", async () => {
    await publish(exampleEvent("PipelineCompleted"));

    const docs = await textOf("console/dbt-docs.html", 120);

    expect(docs).toContain("tenant_status_history");
    expect(docs).toContain(`${stage.warehouse.prefix}gold`);
    expect(docs).not.toContain(`${stage.warehouse.prefix}gold_next`);
  }, 150_000);
});
