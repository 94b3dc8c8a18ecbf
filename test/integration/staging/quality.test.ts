import { createHash } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { RowDataPacket } from "mysql2/promise";
import { businessDateSchema, runIdOf, type RunId } from "../../../events/ids.ts";
import { staging } from "../../../functions/staging/staging.ts";
import type { SampleFault } from "../../../local/sample/faults.ts";
import { buildManifest } from "../../../local/sample/manifest.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import { acceptTests } from "../../../shared/ledger/records/acceptances.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { readQuality, type TestResult } from "../../../shared/ledger/reads/read-quality.ts";
import { readFailingRows } from "../../../shared/quality/failing-rows.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";
import { dbtFolder } from "../dbt/dbt-command.ts";

const TIMEOUT_MS = 120_000;
// the last layer, so that each run ends and the next date has its turn
const policy = { name: "staging", isLast: true, retries: 2, retryIntervalSeconds: 300, backoff: 2 };
const options = { sizeBytes: 1_000_000, seed: 5, date: "2026-02-05" };

/** One day with a third of the rooms missing, and a status that is in no list. */
const faults: SampleFault[] = [
  { kind: "keepRows", table: "rooms", rows: 80 },
  { kind: "setCells", table: "tenants", column: "status", value: 99, everyNth: 30 },
];

describe("the staging layer, when the data differs from its history", () => {
  const harness = new LayerHarness(policy, { BATON_QUALITY_RULES: dbtFolder });

  beforeAll(async () => {
    await harness.start();
    for (const day of [0, 1, 2]) await take(day);
  }, TIMEOUT_MS);
  afterAll(() => harness.stop());

  /** Uploads a day's dump to the bucket, requests its run and takes the message through the layer. */
  async function take(
    day: number,
    planted: readonly SampleFault[] = [],
    maxUpdatedAt: Record<string, string> = {},
    contentOf = day,
  ): Promise<RunId> {
    const { businessDate } = generateSample({ ...options, day });
    const sample = generateSample({ ...options, day: contentOf });
    const body = Buffer.concat([...dumpChunks(sample, { faults: planted })]);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const facts = { businessDate, sha256, bytes: body.length, isGzip: false, seed: options.seed, maxUpdatedAt };
    const manifest = buildManifest(facts);
    const manifestKey = `dumps-manifest/gghouse_${manifest.dump_date}.json`;
    const put = async (Key: string, Body: Buffer | string): Promise<void> => {
      await harness.aws.s3.send(new PutObjectCommand({ Bucket: harness.environment.BATON_BUCKET, Key, Body }));
    };
    await put(manifest.dump_key, body);
    await put(manifestKey, JSON.stringify(manifest));
    const runId = runIdOf(businessDateSchema.parse(businessDate), sha256);
    const data = { businessDate: businessDateSchema.parse(businessDate), manifestKey, allowStale: true };
    await harness.send(exampleEvent("PipelineRequested", data, runId));
    expect(await harness.deliver(staging)).toEqual({ kind: "acknowledge" });
    return runId;
  }
  async function ask<T>(work: (ledger: Awaited<ReturnType<typeof openLedger>>) => Promise<T>): Promise<T> {
    const ledger = await openLedger(harness.warehouse.config, {});
    try {
      return await work(ledger);
    } finally {
      await ledger.pool.end();
    }
  }
  const resultsOf = (runId: RunId): Promise<TestResult[]> => ask(({ pool }) => readQuality(pool, runId));
  async function liveRooms(): Promise<number> {
    const sql = `SELECT COUNT(*) AS n FROM ${harness.warehouse.prefix}staging.rooms`;
    const [[row]] = await harness.warehouse.pool.query<(RowDataPacket & { n: number })[]>(sql);
    return row?.n ?? -1;
  }

  it(
    "keeps yesterday's tables live, reports the findings, and continues when a person accepts them",
    async () => {
      const roomsBefore = await liveRooms();
      await harness.emitted();

      const runId = await take(3, faults);

      expect((await harness.status(runId))?.layers[0]).toMatchObject({
        state: "failed",
        attempts: 1,
        error: {
          code: "QUALITY_TESTS_FAILED",
          message: expect.stringMatching(/rooms has 80 rows, 3\d % fewer than expected/) as string,
          advice: expect.stringContaining(`./baton quality accept ${runId}`) as string,
        },
      });
      expect(await liveRooms()).toBe(roomsBefore);
      const alert = (await harness.emitted()).find((event) => event["detail-type"] === "QualityTestFailed");
      expect(alert?.detail.data).toMatchObject({
        layer: "staging",
        tests: [
          { name: "usual_row_count_rooms", model: "rooms", severity: "error" },
          { name: "known_codes_tenants_status", model: "tenants", message: expect.stringContaining("99") as string },
        ],
      });

      const failed = (await resultsOf(runId)).filter(({ status }) => status === "fail");
      await ask(({ pool }) => acceptTests(pool, runId, failed, { acceptedBy: "mari", reason: "building sold" }));
      expect(await harness.replay()).toBe(1);
      expect(await harness.deliver(staging)).toEqual({ kind: "acknowledge" });

      expect((await harness.status(runId))?.layers[0]).toMatchObject({ state: "completed", attempts: 2 });
      expect(await liveRooms()).toBe(80);
      const accepted = (await resultsOf(runId)).filter(({ status }) => status === "accepted");
      expect(accepted.map(({ test, attempt }) => [test, attempt])).toEqual([
        ["known_codes_tenants_status", 2],
        ["usual_row_count_rooms", 2],
      ]);
      expect(accepted[1]?.message).toMatch(/rooms has 80 rows.*; accepted by mari: building sold$/);
    },
    TIMEOUT_MS,
  );

  it(
    "stores rows that show the finding, without personal columns",
    async () => {
      const [run] = await ask(async ({ pool }) => {
        const [rows] = await pool.query<(RowDataPacket & { run_id: string })[]>(
          "SELECT run_id FROM run ORDER BY seq DESC LIMIT 1",
        );
        return rows;
      });

      const [sample] = await readFailingRows(harness.warehouse.config, run?.run_id ?? "");

      expect(sample).toMatchObject({ layer: "staging", testId: "source.known_codes_tenants_status.tenants.status" });
      expect(sample?.rows.length).toBeGreaterThan(3);
      expect(sample?.rows.every(({ status }) => status === 99)).toBe(true);
      const columns = Object.keys(sample?.rows[0] ?? {});
      expect(columns).toEqual(expect.arrayContaining(["id", "status", "moving_id"]));
      for (const personal of ["last_name", "full_name", "full_name_kana", "birth_date", "email_1", "tel_1", "memo"]) {
        expect(columns).not.toContain(personal);
      }
    },
    TIMEOUT_MS,
  );

  it(
    "refuses the content of an earlier day under the name and manifest of this day",
    async () => {
      const stale = await take(3, faults, { tenants: "2026-02-07 20:10:00", movings: "2026-02-07 20:10:00" }, 1);

      const failed = (await resultsOf(stale)).filter(({ status }) => status === "fail").map(({ test }) => test);
      expect(failed).toEqual(expect.arrayContaining(["as_in_manifest_movings", "as_in_manifest_tenants"]));
      expect(failed).not.toContain("as_in_manifest_rooms");
      expect((await harness.status(stale))?.layers[0]).toMatchObject({
        state: "failed",
        error: { message: expect.stringContaining("the dump has the content of an earlier one") as string },
      });
    },
    TIMEOUT_MS,
  );

  it(
    "treats accepted values as usual from then on",
    async () => {
      const still = await take(4, faults);

      expect((await harness.status(still))?.layers[0]?.state).toBe("completed");
      expect((await resultsOf(still)).filter(({ status }) => status !== "pass")).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
