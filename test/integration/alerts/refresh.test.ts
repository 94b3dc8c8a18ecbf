import { randomBytes } from "node:crypto";
import { EventBridgeClient, CreateEventBusCommand } from "@aws-sdk/client-eventbridge";
import { QuickSightClient } from "@aws-sdk/client-quicksight";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { businessDateSchema } from "../../../events/ids.ts";
import type { BatonEvent } from "../../../events/schemas.ts";
import { refresh } from "../../../functions/refresh/refresh.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { storeEvent } from "../../../shared/aws/published-events.ts";
import { explainDenials } from "../../../shared/aws/explain-denials.ts";
import { QueueMessage } from "../../../shared/runtime/message.ts";
import { bodyOf, exampleEvent, RUN } from "../../support/ledger/event-builders.ts";
import { EventTap } from "../../support/ledger/event-tap.ts";
import { recordOf } from "../../support/ledger/sqs-record.ts";
import { QuickSightStandIn, type Answers } from "../../support/stand-ins/quicksight-stand-in.ts";
import { testServices } from "../../support/services.ts";

const SECRET = "a-secret-key-of-forty-characters-or-so-1";
const ACCOUNT = "123456789012";
const INGESTION = `baton-${RUN}-e3b0c442`;

/** Real queues and bus. No emulator has QuickSight: a local server with the same interface checks the requests. */
describe("refresh", () => {
  const name = `refresh-${randomBytes(4).toString("hex")}`;
  const client = clientOptions(testServices().emulator);
  const sqs = new SQSClient(client);
  const eventBridge = new EventBridgeClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const bus = { eventBridge, s3, bus: name, bucket: name };
  let queueUrl: string;
  let dlqUrl: string;
  let tap: EventTap;
  let quickSight: QuickSightStandIn;
  let quickSightClient: QuickSightClient;

  beforeAll(async () => {
    const make = async (suffix: string): Promise<string> =>
      (await sqs.send(new CreateQueueCommand({ QueueName: `${name}${suffix}` }))).QueueUrl ?? "";
    [queueUrl, dlqUrl] = [await make(""), await make("-dlq")];
    await eventBridge.send(new CreateEventBusCommand({ Name: name }));
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    await store(exampleEvent("LayerCompleted", { layer: "gold" }));
    tap = await EventTap.open(name, { source: ["baton"] });
  });
  afterEach(async () => {
    quickSightClient.destroy();
    await quickSight.stop();
  });
  afterAll(async () => {
    await tap.close();
    for (const url of [queueUrl, dlqUrl]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    sqs.destroy();
    s3.destroy();
    eventBridge.destroy();
  });

  function store({ "detail-type": detailType, detail }: BatonEvent): Promise<void> {
    return storeEvent(bus, detail.metadata.eventId, { detailType, detail: JSON.stringify(detail) });
  }
  async function open(answers: Answers): Promise<void> {
    quickSight = new QuickSightStandIn(SECRET, answers);
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: SECRET };
    const endpoint = await quickSight.start();
    quickSightClient = explainDenials(
      new QuickSightClient({ endpoint, region: "ap-northeast-1", credentials, maxAttempts: 1 }),
    );
  }
  async function receive(url: string): Promise<Message | undefined> {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        WaitTimeSeconds: 2,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      }),
    );
    return Messages?.[0];
  }
  async function acknowledge(QueueUrl: string, { ReceiptHandle }: Message): Promise<void> {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  async function take(message: Message, dataSets: string[]): Promise<"acknowledge" | "return"> {
    const environment = {
      ...{ BATON_STAGE: "prod", BATON_BUS: name, BATON_BUCKET: name, BATON_QUEUE_URL: queueUrl, BATON_DLQ_URL: dlqUrl },
      ...{ BATON_ACCOUNT: ACCOUNT, BATON_QUICKSIGHT_DATA_SETS: dataSets, BATON_QUICKSIGHT_CHECK_SECONDS: 1 },
    };
    const queued = new QueueMessage(recordOf(message), { sqs, queueUrl, dlqUrl });
    return refresh(queued, { sqs, bus, quickSight: quickSightClient, environment });
  }
  /** The event as a message outside any queue: its visibility timeout cannot be changed, which only delays a check. */
  function goldCompleted(attributes: Message["MessageAttributes"] = {}, hoursAgo = 0): Message {
    return {
      ...{ MessageId: "1", ReceiptHandle: "1", Body: bodyOf(exampleEvent("LayerCompleted", { layer: "gold" })) },
      Attributes: { ApproximateFirstReceiveTimestamp: String(Date.now() - hoursAgo * 3_600_000) },
      MessageAttributes: attributes,
    };
  }
  /** Sends the event and processes its message until it is acknowledged, as Lambda does. @returns the number of receives */
  async function follow(dataSets: string[]): Promise<number> {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: goldCompleted().Body }));
    for (let receives = 1; ; receives += 1) {
      const message = await receive(queueUrl);
      if (message === undefined) throw new Error(`the message did not return after ${receives - 1} receives`);
      expect(message.Attributes?.ApproximateReceiveCount).toBe(String(receives));
      if ((await take(message, dataSets)) === "return") continue;
      await acknowledge(queueUrl, message);
      return receives;
    }
  }
  function started(): string[] {
    return quickSight.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
  }
  /** The error of the last failure, which is the same in the DLQ message and in the event. */
  async function reportedFailure(): Promise<Record<string, unknown>> {
    const message = (await receive(dlqUrl)) ?? {};
    await acknowledge(dlqUrl, message);
    const { code, message: text } = message.MessageAttributes ?? {};
    const event = await tap.next("LayerFailed", (found) => found["detail-type"] === "LayerFailed");
    const { data } = event.detail as { data: { error: Record<string, unknown> } }; // as in the event's schema
    expect(data.error).toMatchObject({ code: code?.StringValue, message: text?.StringValue });
    return data.error;
  }

  it("follows ingestions with one message, and publishes DashboardsRefreshed when all have ended", async () => {
    await open({
      contracts: [{ status: "RUNNING" }, { status: "COMPLETED", rows: 7_803 }],
      activity: [{ status: "QUEUED" }, { status: "RUNNING" }, { status: "COMPLETED", rows: 4_117, dropped: 40 }],
    });

    const receives = await follow(["contracts", "activity"]);

    expect(receives).toBe(4);
    expect(quickSight.refusals).toEqual([]);
    expect(started()).toEqual(
      ["contracts", "activity"].map(
        (dataSet) => `/accounts/${ACCOUNT}/data-sets/${dataSet}/ingestions/baton-${RUN}-e3b0c442`,
      ),
    );
    expect(quickSight.requests.find(({ method }) => method === "PUT")?.body).toEqual({ IngestionType: "FULL_REFRESH" });
    const event = await tap.next("DashboardsRefreshed", (found) => found["detail-type"] === "DashboardsRefreshed");
    expect(event.detail).toMatchObject({
      metadata: { runId: RUN },
      data: {
        ...{ layer: "refresh", businessDate: "2026-02-07" },
        stats: { tables: 2, rows: 11_920, droppedRows: 40 },
      },
    });
  }, 60_000);

  it("fails when QuickSight dropped more than 1 % of the rows of a data set", async () => {
    await open({
      contracts: [{ status: "COMPLETED", rows: 980, dropped: 20 }],
      activity: [{ status: "COMPLETED", rows: 99, dropped: 1 }],
    });

    await follow(["contracts", "activity"]);

    expect(await reportedFailure()).toMatchObject({
      ...{ code: "INGESTION_DROPPED_ROWS", subjects: ["contracts"] },
      message: "data set contracts: QuickSight dropped 20 of 1,000 rows, at most 1 % is allowed; refreshed: activity",
    });
  });

  it("starts nothing twice when the event arrives twice", async () => {
    await open({ contracts: [{ status: "RUNNING" }] });

    await take(goldCompleted(), ["contracts"]);
    await take(goldCompleted(), ["contracts"]);

    expect(started()).toHaveLength(1);
  });

  it("starts new ingestions when the DLQ message of a failure is replayed", async () => {
    await open({ contracts: [{ status: "FAILED", error: "column room_number is missing" }] });

    await follow(["contracts"]);
    const { Body, MessageAttributes } = (await receive(dlqUrl)) ?? {};
    await take({ ...goldCompleted(MessageAttributes), Body }, ["contracts"]);

    expect(new Set(started()).size).toBe(2);
    expect(MessageAttributes).toMatchObject({ layer: { StringValue: "refresh" }, runId: { StringValue: RUN } });
    await sqs.send(new PurgeQueueCommand({ QueueUrl: dlqUrl }));
    const event = await tap.next("LayerFailed", (found) => found["detail-type"] === "LayerFailed");
    expect(JSON.stringify(event.detail)).toContain("contracts: FAILED (SQL_EXCEPTION: column room_number is missing)");
  });

  it.each(["INITIALIZED", "QUEUED", "RUNNING"])("checks again while an ingestion is %s", async (status) => {
    await open({ contracts: [{ status }] });
    quickSight.begin(`contracts/${INGESTION}`);

    expect(await take(goldCompleted({}, 1), ["contracts"])).toBe("return");
    expect(await take(goldCompleted({}, 1.9), ["contracts"])).toBe("return");
  });

  it("reports CANCELLED and FAILED ingestions in QuickSight's own words", async () => {
    await open({
      a: [{ status: "CANCELLED" }],
      b: [{ status: "CANCELLED", errorType: "INGESTION_SUPERSEDED", error: "a newer one began" }],
      c: [{ status: "FAILED", errorType: "DATA_SET_NOT_SPICE", error: "direct query" }],
      d: [{ status: "FAILED", errorType: "PASSWORD_AUTHENTICATION_FAILURE", error: "user quicksight" }],
    });

    await follow(["a", "b", "c", "d"]);

    const failure = await reportedFailure();
    expect(failure).toMatchObject({ code: "INGESTION_FAILED", retriable: false, subjects: ["a", "b", "c", "d"] });
    expect(String(failure["message"]).split("; ")).toEqual([
      "data set a: CANCELLED",
      "data set b: CANCELLED (INGESTION_SUPERSEDED: a newer one began)",
      expect.stringMatching(
        /^data set c: FAILED \(DATA_SET_NOT_SPICE: direct query: .*remove it from quicksightDataSets\)$/,
      ),
      "data set d: FAILED (PASSWORD_AUTHENTICATION_FAILURE: user quicksight)",
    ]);
  });

  it("waits for all data sets when one fails, then names every failed one", async () => {
    await open({
      contracts: [{ status: "FAILED", error: "no table" }],
      activity: [{ status: "RUNNING" }, { status: "COMPLETED", rows: 5 }],
      moveouts: [{ status: "CANCELLED" }],
    });

    expect(await follow(["contracts", "activity", "moveouts"])).toBe(3);

    const { message, subjects } = await reportedFailure();
    expect(subjects).toEqual(["contracts", "moveouts"]);
    expect(message).toBe(
      "data set contracts: FAILED (SQL_EXCEPTION: no table); data set moveouts: CANCELLED; refreshed: activity",
    );
    expect(started()).toHaveLength(3);
  });

  it("starts the other data sets when QuickSight refuses some, and reports the reasons", async () => {
    await open({ activity: [{ status: "COMPLETED", rows: 5 }] });
    const refuse = (dataSet: string, errorType: string, status: number): void =>
      void quickSight.startRefusals.set(dataSet, { status, errorType, message: "its words", times: 9 });
    refuse("gone", "ResourceNotFoundException", 404);
    refuse("direct", "InvalidParameterValueException", 400);
    refuse("often", "LimitExceededException", 409);

    await follow(["gone", "direct", "often", "activity"]);

    const failure = await reportedFailure();
    expect(failure).toMatchObject({ code: "INGESTION_FAILED", subjects: ["gone", "direct", "often"] });
    expect(String(failure["message"]).split("; ")).toEqual([
      "data set gone: the data set does not exist (ResourceNotFoundException: its words)",
      expect.stringMatching(/^data set direct: QuickSight rejected the request/),
      expect.stringMatching(/not in SPICE.*\(InvalidParameterValueException: its words\)$/),
      expect.stringMatching(/^data set often: .*24 hours.*\(LimitExceededException: its words\)$/),
      "refreshed: activity",
    ]);
  });

  it("waits while another ingestion of the data set is running, then starts its own", async () => {
    await open({ contracts: [{ status: "COMPLETED", rows: 1 }] });
    const message = "an ingestion of the data set is running";
    quickSight.startRefusals.set("contracts", { status: 409, errorType: "ConflictException", message, times: 2 });

    const receives = await follow(["contracts"]);

    expect(receives).toBe(4);
    expect(quickSight.requests.map(({ method }) => method)).toEqual(["GET", "PUT", "GET", "PUT", "GET", "PUT", "GET"]);
    await tap.next("DashboardsRefreshed", (found) => found["detail-type"] === "DashboardsRefreshed");
  });

  it("retries when QuickSight throttles or does not answer, and starts no ingestion twice", async () => {
    await open({ contracts: [{ status: "COMPLETED" }], activity: [{ status: "COMPLETED" }] });
    const message = "Rate exceeded";
    quickSight.startRefusals.set("activity", { status: 429, errorType: "ThrottlingException", message, times: 1 });
    quickSight.outage = { status: 500, times: 1 };

    await follow(["contracts", "activity"]);

    expect(started()).toHaveLength(3);
    expect(new Set(started()).size).toBe(2);
    await tap.next("DashboardsRefreshed", (found) => found["detail-type"] === "DashboardsRefreshed");
  });

  it("fails after two hours without an answer", async () => {
    await open({ contracts: [] });
    quickSight.outage = { status: 500, times: 2 };

    expect(await take(goldCompleted({}, 1.9), ["contracts"])).toBe("return");
    expect(await take(goldCompleted({}, 2.1), ["contracts"])).toBe("acknowledge");

    expect(await reportedFailure()).toMatchObject({ retriable: true });
  });

  it("fails at once without the permission to start ingestions, and names permission and data set", async () => {
    await open({ contracts: [{ status: "COMPLETED" }] });
    const message = "not authorized";
    quickSight.startRefusals.set("contracts", { status: 401, errorType: "AccessDeniedException", message, times: 9 });

    await follow(["contracts"]);

    expect(await reportedFailure()).toMatchObject({
      retriable: false,
      message: "AWS does not allow quicksight:CreateIngestion on contracts: not authorized",
      advice: expect.stringContaining("serverless/roles.ts") as string,
    });
  });

  it("fails after two hours of ingestion, and names the stuck data sets", async () => {
    await open({ contracts: [{ status: "COMPLETED" }], activity: [{ status: "QUEUED" }] });
    for (const dataSet of ["contracts", "activity"]) quickSight.begin(`${dataSet}/${INGESTION}`);

    expect(await take(goldCompleted({}, 2.1), ["contracts", "activity"])).toBe("acknowledge");

    expect(await reportedFailure()).toMatchObject({
      ...{ code: "INGESTION_STUCK", subjects: ["activity"] },
      message: "not ingested within two hours: activity (1 of 2 data sets)",
    });
  });

  it("ignores an event that no function has published, and uses only the stored content of one that was", async () => {
    await open({ contracts: [{ status: "COMPLETED" }] });
    const forged = exampleEvent("LayerCompleted", { layer: "silver" });
    const changed = exampleEvent("LayerCompleted", {
      layer: "gold",
      businessDate: businessDateSchema.parse("9999-12-31"),
    });

    expect(await take({ ...goldCompleted(), Body: bodyOf(forged) }, ["contracts"])).toBe("acknowledge");
    expect(started()).toEqual([]);
    await take({ ...goldCompleted(), Body: bodyOf(changed) }, ["contracts"]);
    await take({ ...goldCompleted(), Body: bodyOf(changed) }, ["contracts"]);

    const event = await tap.next("DashboardsRefreshed", (found) => found["detail-type"] === "DashboardsRefreshed");
    expect(event.detail).toMatchObject({ data: { businessDate: "2026-02-07" } });
  });

  it("does nothing where no data sets are configured", async () => {
    await open({});

    expect(await take(goldCompleted(), [])).toBe("acknowledge");
    expect(quickSight.requests).toEqual([]);
  });
});
