import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  GetObjectCommand,
} from "@aws-sdk/client-s3";
import type { EventOf } from "../../../events/schemas.ts";
import { archiveDump, quarantineDump } from "../../../functions/staging/archive.ts";
import { businessDateOf, findDump } from "../../../functions/staging/find-dump.ts";
import { passGate } from "../../../functions/staging/gate.ts";
import { staging } from "../../../functions/staging/staging.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { readText } from "../../../shared/aws/read-text.ts";
import type { LayerContext } from "../../../shared/runtime/layer-definition.ts";
import { DAY, exampleEvent, SHA256 } from "../../support/ledger/event-builders.ts";
import { closeServer, listenLocally } from "../../support/local-server.ts";
import { testServices } from "../../support/services.ts";

const NOON = "2026-02-07T12:00:00+09:00";
const good = {
  run_id: "20260207-1",
  generated_at: "2026-02-07T05:44:31+09:00",
  dump_date: "20260207",
  dump_key: "dumps/gghouse_20260207.sql",
  dump_sha256: SHA256,
  dump_size_bytes: 11,
  source_host: "basis-db.example",
  source_database: "basis",
  source_port: 3306,
  source_valid: true,
  valid_for_etl: true,
};

describe("staging's gate", () => {
  const s3 = new S3Client({ ...clientOptions(testServices().emulator), forcePathStyle: true });
  let bucket: string;

  beforeEach(async () => {
    bucket = `gate-${randomBytes(6).toString("hex")}`;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  });

  afterAll(() => s3.destroy());

  async function put(key: string, body: string): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  }
  async function putManifest(changes: Record<string, unknown> = {}): Promise<void> {
    await put("dumps-manifest/gghouse_20260207.json", JSON.stringify({ ...good, ...changes }));
  }
  function request(data: Partial<EventOf<"PipelineRequested">["detail"]["data"]> = {}, emittedAt = NOON) {
    const event = exampleEvent("PipelineRequested", { requestedBy: "schedule", ...data });
    delete event.detail.data.manifestKey;
    Object.assign(event.detail.data, data);
    event.detail.metadata.emittedAt = emittedAt;
    return event;
  }
  async function pass(event = request()): Promise<string> {
    const source = { BATON_DUMP_NAME: "gghouse", BATON_SOURCE_DATABASE: "basis" };
    const found = await findDump(s3, { BATON_BUCKET: bucket, ...source }, event);
    await passGate(s3, event, found);
    return found.reference.key;
  }

  it("accepts a fresh, valid dump of the right size", async () => {
    await put(good.dump_key, "SELECT 1;\n\n");
    await putManifest();

    expect(await pass()).toBe("dumps/gghouse_20260207.sql");
  });

  it("accepts a manifest that does not know its database", async () => {
    await put(good.dump_key, "SELECT 1;\n\n");
    await putManifest({ source_database: "unknown" });

    expect(await pass()).toBe("dumps/gghouse_20260207.sql");
  });

  it("uses the Tokyo day of a request by the schedule", () => {
    const event = request({}, "2026-02-06T22:00:00Z");
    delete event.detail.data.businessDate;

    expect(businessDateOf(event)).toBe(DAY);
  });

  it("uses the business date of the manifest of a request", () => {
    const event = request({ manifestKey: "dumps-manifest/gghouse_20260131.json" });
    delete event.detail.data.businessDate;

    expect(businessDateOf(event)).toBe("2026-01-31");
  });

  it("names the newest manifests when the day's is missing, from all pages of the listing", async () => {
    const days = Array.from({ length: 1_005 }, (_, day) =>
      new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10),
    );
    await Promise.all(days.map((day) => put(`dumps-manifest/gghouse_${day.replaceAll("-", "")}.json`, "{}")));

    await expect(pass()).rejects.toMatchObject({
      code: "MANIFEST_MISSING",
      message: expect.stringContaining(`gghouse_${days.at(-1)?.replaceAll("-", "") ?? ""}.json`) as string,
    });
  }, 60_000);

  it("reports when no manifest exists", async () => {
    await expect(pass()).rejects.toMatchObject({ message: expect.stringContaining("no manifest exists") as string });
  });

  it("reports a missing bucket as one, not as a missing manifest", async () => {
    const event = request();
    const environment = { BATON_BUCKET: `${bucket}-other`, BATON_DUMP_NAME: "gghouse", BATON_SOURCE_DATABASE: "basis" };

    await expect(findDump(s3, environment, event)).rejects.toMatchObject({ name: "NoSuchBucket" });
    expect(await readText(s3, { Bucket: bucket, Key: "missing" })).toBeUndefined();
  });

  it.each([
    ["is not JSON", "{", /not JSON/],
    ["has no checksum", JSON.stringify({ ...good, dump_sha256: undefined }), /dump_sha256/],
    ["has an invalid checksum", JSON.stringify({ ...good, dump_sha256: "abc" }), /64 hex digits/],
    ["does not name its source", JSON.stringify({ ...good, source_host: "" }), /source_host/],
    ["is of another database", JSON.stringify({ ...good, source_database: "shop" }), /is shop, expected basis/],
    ["is for another day", JSON.stringify({ ...good, dump_date: "20260206" }), /2026-02-06, the run is for 2026-02-07/],
    ["has a day that does not exist", JSON.stringify({ ...good, dump_date: "20260230" }), /dump_date/],
  ])("refuses a manifest that %s", async (_, body, message) => {
    await put("dumps-manifest/gghouse_20260207.json", body);

    await expect(pass()).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    [
      "valid_for_etl is false, with its reason",
      { valid_for_etl: false, reason: "corrupted_snapshot_window" },
      /corrupted/,
    ],
    ["source_valid is false and the other is missing", { valid_for_etl: undefined, source_valid: false }, /not valid/],
    ["both are missing", { valid_for_etl: undefined, source_valid: undefined }, /not valid/],
  ])("refuses a dump where %s", async (_, changes, message) => {
    await put(good.dump_key, "SELECT 1;\n\n");
    await putManifest(changes);

    await expect(pass()).rejects.toMatchObject({
      code: "DUMP_NOT_VALID",
      message: expect.stringMatching(message) as string,
    });
  });

  it("refuses a dump older than 24 hours, unless the request allows it", async () => {
    await put(good.dump_key, "SELECT 1;\n\n");
    await putManifest({ generated_at: "2026-02-06T11:59:00+09:00" });

    await expect(pass()).rejects.toMatchObject({ code: "DUMP_STALE" });
    expect(await pass(request({ allowStale: true }))).toBe(good.dump_key);
  });

  it("names a missing dump, and both sizes of a truncated one", async () => {
    await putManifest();
    await expect(pass()).rejects.toMatchObject({ code: "DUMP_MISSING" });
    await put(good.dump_key, "SELECT");

    await expect(pass()).rejects.toMatchObject({
      code: "DUMP_SIZE",
      message: expect.stringMatching(/6 bytes.*11/) as string,
    });
  });

  it("refuses a dump in another bucket", async () => {
    const dump = { bucket: "elsewhere", key: good.dump_key, sha256: SHA256, bytes: 11, takenAt: NOON };

    await expect(pass(request({ dump }))).rejects.toMatchObject({
      code: "DUMP_NOT_OURS",
      message: `the request names bucket elsewhere, this environment uses ${bucket}`,
    });
  });

  // no emulator can answer 503, so a local server does
  it("identifies no run while S3 does not answer, and run ...-00000000 only if no usable manifest exists", async () => {
    const server = createServer((_, response) => response.writeHead(503).end());
    const endpoint = await listenLocally(server);
    const unavailable = new S3Client({
      ...{ endpoint, region: "ap-northeast-1", forcePathStyle: true, maxAttempts: 1 },
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const event = request();
    delete event.detail.metadata.runId;
    const identify = (client: S3Client) =>
      staging.identify?.(event, {
        aws: { s3: client } as LayerContext<"PipelineRequested">["aws"], // identify uses S3 only
        environment: {
          BATON_BUCKET: bucket,
          BATON_DUMP_NAME: "gghouse",
        } as LayerContext<"PipelineRequested">["environment"], // and the bucket
      });

    try {
      await expect(identify(unavailable)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
      expect(await identify(s3)).toMatchObject({ runId: "2026-02-07-00000000", dump: undefined });
      await putManifest();
      expect(await identify(s3)).toMatchObject({ runId: `2026-02-07-${SHA256.slice(0, 8)}` });
    } finally {
      unavailable.destroy();
      await closeServer(server);
    }
  });

  it.each([
    ["dumps-manifest/gghouse_20260207.json", true],
    ["dumps-manifest/", false],
    ["dumps-manifest/gghouse_20260207.json.bak", false],
    ["dumps-manifest/gghouse_old/20260207.json", false],
    ["dumps-manifest/gghouse_20261399.json", false],
  ])("starts a run for an S3 object %s: %s", (manifestKey, isStarted) => {
    const ofS3 = request({ requestedBy: "manifest", manifestKey });

    expect(staging.reasonToIgnore?.(ofS3) === undefined).toBe(isStarted);
    expect(staging.reasonToIgnore?.(request({ requestedBy: "operator", manifestKey }))).toBeUndefined();
  });

  it("copies a dump to the archive, and to quarantine with the reason", async () => {
    const dump = { bucket, key: good.dump_key, sha256: SHA256, bytes: 11, takenAt: "2026-02-06T20:44:31.000Z" };
    await put(good.dump_key, "SELECT 1;\n\n");
    const error = { kind: "input", code: "DUMP_CHECKSUM", message: "differs", retriable: false };

    expect(await archiveDump(s3, dump)).toBe("processed/gghouse_20260207.sql");
    await quarantineDump(s3, dump, { runId: "2026-02-07-1a2b3c4d", error });

    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(Contents.map(({ Key }) => Key).sort()).toEqual([
      "dumps/gghouse_20260207.sql",
      "processed/gghouse_20260207.sql",
      "quarantine/gghouse_20260207.sql",
      "quarantine/gghouse_20260207.sql.reason.json",
    ]);
    const key = "quarantine/gghouse_20260207.sql.reason.json";
    const reason = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    expect(JSON.parse((await reason.Body?.transformToString()) ?? "")).toMatchObject({ error, dump });
  });
});
