import { createServer, type Server } from "node:http";
import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Context } from "aws-lambda";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { readEmf } from "../../../local/metrics/read-emf.ts";
import { writeSummary, type LedgerSummary } from "../../../shared/ledger/ledger-summary.ts";
import { SUMMARY_KEY } from "../../../shared/ledger/summary-key.ts";
import { closeServer, listenLocally } from "../../support/local-server.ts";
import { testServices } from "../../support/services.ts";

const context = { getRemainingTimeInMillis: () => 50_000, memoryLimitInMB: "512", awsRequestId: "r" } as Context; // what the middleware reads

const HOUR_MS = 3_600_000;

/** The handlers with real queues and a real bucket; the warehouse only counts who connects to it. */
describe("pulse and sweep, while no run is active or due", () => {
  const client = clientOptions(testServices().emulator);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const sqs = new SQSClient(client);
  const bucket = `idle-${process.pid}`;
  const idle: LedgerSummary = {
    ...{ measuredAt: new Date(Date.now() - HOUR_MS), code: "c0de", isActive: false, completedDate: "9999-12-31" },
    ...{ expectedSince: new Date(0), dumpTimes: { gold: new Date() }, dlqDepths: { gold: 0 } },
  };
  let warehouse: Server;
  let connections = 0;
  let layerQueue: string;
  let dlq: string;
  let lines: string[];
  let handlers: Record<"pulse" | "sweep", (event: unknown, context: Context) => Promise<unknown>>;

  beforeAll(async () => {
    warehouse = createServer().on("connection", (socket) => {
      connections += 1;
      socket.destroy();
    });
    // the last deadline was 23 hours ago
    const inAnHour = new Date(Date.now() + 10 * HOUR_MS).toISOString().slice(11, 16);
    const { port } = new URL(await listenLocally(warehouse));
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const queue = async (QueueName: string): Promise<string> =>
      (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";
    [layerQueue, dlq] = [await queue(`${bucket}-gold`), await queue(`${bucket}-gold-dlq`)];
    Object.assign(process.env, testServices().emulator.env, {
      ...{ BATON_STAGE: "local", BATON_BUS: "none", BATON_BUCKET: bucket, BATON_CODE: "c0de", BATON_LAYERS: "gold" },
      ...{ BATON_LAYER_QUEUES: JSON.stringify([layerQueue]), BATON_RUN_DEADLINE: inAnHour },
      ...{ BATON_DEAD_LETTER_QUEUES: JSON.stringify([{ name: "gold", url: dlq }]), BATON_TURN_LIMIT_MINUTES: "90" },
      ...{ AURORA_ENDPOINT: "127.0.0.1", AURORA_PORT: port, AURORA_USER: "u", AURORA_PASSWORD: "p" },
      BATON_DATABASE_TLS: "disabled",
    });
    handlers = {
      pulse: (await import("../../../functions/pulse/handler.ts")).handler,
      sweep: (await import("../../../functions/sweep/handler.ts")).handler,
    };
  });
  beforeEach(async () => {
    await writeSummary({ s3, bucket }, idle);
    connections = 0;
    lines = [];
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, "write").mockImplementation((text) => {
        lines.push(String(text));
        return true;
      });
    }
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    for (const QueueUrl of [layerQueue, dlq]) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: SUMMARY_KEY }));
    await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    await closeServer(warehouse);
    s3.destroy();
    sqs.destroy();
  });

  it("do not connect to the warehouse, and emit only what an alarm expects at any time", async () => {
    expect(await handlers.pulse({}, context)).toEqual({ readLedgerBecause: null });
    expect(await handlers.sweep({}, context)).toBeUndefined();

    expect(connections).toBe(0);
    const emitted = Object.fromEntries(lines.flatMap(readEmf).map(({ name, value }) => [name, value]));
    expect(emitted).toEqual({ RunMissing: 0, DataFreshnessHours: expect.closeTo(0, 1) as number });
  });

  it("connect as soon as a layer has a message, also a hidden one", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: layerQueue, MessageBody: "{}", DelaySeconds: 600 }));

    for (const name of ["pulse", "sweep"] as const) {
      connections = 0;
      await expect(handlers[name]({}, context)).rejects.toThrow();
      expect({ name, connected: connections > 0 }).toEqual({ name, connected: true });
    }
    await sqs.send(new PurgeQueueCommand({ QueueUrl: layerQueue }));
  });

  it("lets sweep work on for a while after the last activity, so that its metrics show the end of a problem", async () => {
    await writeSummary({ s3, bucket }, { ...idle, measuredAt: new Date() });

    await expect(handlers.sweep({}, context)).rejects.toThrow();

    expect(connections).toBeGreaterThan(0);
  });

  it("connect without a summary; DLQ messages are counted although the warehouse is down", async () => {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: SUMMARY_KEY }));

    await expect(handlers.pulse({}, context)).rejects.toThrow();

    expect(connections).toBeGreaterThan(0);
    const emitted = lines.flatMap(readEmf).map(({ name }) => name);
    // nobody says that a run is there: the alarm run-missing takes silence as missing
    expect(emitted).toEqual(["DlqDepth"]);
  });
});
