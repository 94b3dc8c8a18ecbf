import { createHash } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { businessDateSchema, runIdOf } from "../../../events/ids.ts";
import { renderStatus } from "../../../cli/output/print-status.ts";
import { staging } from "../../../functions/staging/staging.ts";
import { buildManifest } from "../../../local/sample/manifest.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import type { RunStatus } from "../../../shared/ledger/reads/read-status.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";
import { dbtFolder } from "../dbt/dbt-command.ts";

const policy = { name: "staging", isLast: false, retries: 2, retryIntervalSeconds: 300, backoff: 2 };
const options = { sizeBytes: 60_000_000, seed: 9, date: "2026-02-05", day: 0 };

describe("the staging layer, while it loads", () => {
  const harness = new LayerHarness(policy, { BATON_QUALITY_RULES: dbtFolder });

  beforeAll(async () => {
    await harness.start();
  });
  afterAll(() => harness.stop());

  it("records its progress in the ledger, and leaves no task running", async () => {
    const sample = generateSample(options);
    const body = Buffer.concat([...dumpChunks(sample)]);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const businessDate = businessDateSchema.parse(sample.businessDate);
    const manifest = buildManifest({
      businessDate,
      sha256,
      bytes: body.length,
      isGzip: false,
      seed: 9,
      maxUpdatedAt: {},
    });
    const manifestKey = `dumps-manifest/gghouse_${manifest.dump_date}.json`;
    for (const [Key, Body] of [
      [manifest.dump_key, body],
      [manifestKey, JSON.stringify(manifest)],
    ] as const) {
      await harness.aws.s3.send(new PutObjectCommand({ Bucket: harness.environment.BATON_BUCKET, Key, Body }));
    }
    const runId = runIdOf(businessDate, sha256);
    await harness.send(exampleEvent("PipelineRequested", { businessDate, manifestKey, allowStale: true }, runId));
    const seen: RunStatus[] = [];
    let isDone = false;

    // one attempt, also on a busy machine
    const deadline = new Date(Date.now() + 240_000);
    const delivery = harness.deliver(staging, { deadline }).finally(() => (isDone = true));
    while (!isDone) {
      const status = await harness.status(runId).catch(() => undefined);
      if (status !== undefined) seen.push(status);
    }

    expect(await delivery).toEqual({ kind: "acknowledge" });
    const underway = seen.filter(({ layers }) =>
      layers[0]?.steps.some((step) => step.name === "load" && step.state === "running"),
    );
    const tables = seen.flatMap(
      ({ layers }) => layers[0]?.steps.filter((step) => step.kind === "table" && step.state === "running") ?? [],
    );
    expect(underway.length).toBeGreaterThan(0);
    expect(tables.length).toBeGreaterThan(0);
    const line = underway.map((status) => renderStatus(status)).join("\n");
    expect(line).toMatch(/(?:reading|loading) \d+ %, .* of [\d.]+ MB, .*MB\/s/);
    const steps = (await harness.status(runId))?.layers[0]?.steps ?? [];
    expect(steps.filter(({ state }) => state === "running")).toEqual([]);
    expect(steps.find(({ name }) => name === "load")).toMatchObject({ state: "completed", kind: "stage" });
  }, 240_000);
});
