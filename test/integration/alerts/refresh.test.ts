import { randomBytes } from "node:crypto";
import { EventBridgeClient, CreateEventBusCommand } from "@aws-sdk/client-eventbridge";
import { QuickSightClient } from "@aws-sdk/client-quicksight";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { refresh } from "../../../functions/refresh/refresh.ts";
import { clientOptions } from "../../../local/deploy.ts";
import { QueueMessage } from "../../../shared/layer/message.ts";
import { bodyOf, exampleEvent, RUN } from "../../support/event-builders.ts";
import { EventTap } from "../../support/event-tap.ts";
import { recordOf } from "../../support/sqs-record.ts";
import { QuickSightStandIn, type Answers } from "../../support/quicksight-stand-in.ts";
import { testServices } from "../../support/services.ts";

const SECRET = "a-secret-key-of-forty-characters-or-so-1";
const ACCOUNT = "123456789012";

/** Real queues and bus; QuickSight, which no emulator has, is played by a server that checks the requests. */
describe("refresh", () => {
  const name = `refresh-${randomBytes(4).toString("hex")}`;
  const client = clientOptions(testServices().emulator);
  const sqs = new SQSClient(client);
  const eventBridge = new EventBridgeClient(client);
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
    eventBridge.destroy();
  });

  async function open(answers: Answers): Promise<void> {
    quickSight = new QuickSightStandIn(SECRET, answers);
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: SECRET };
    const endpoint = await quickSight.start();
    quickSightClient = new QuickSightClient({ endpoint, region: "ap-northeast-1", credentials, maxAttempts: 1 });
  }
  async function receive(url: string): Promise<Message | undefined> {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        WaitTimeSeconds: 3,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      }),
    );
    const [message] = Messages ?? [];
    if (message !== undefined) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
    }
    return message;
  }
  async function take(message: Message, dataSets: string[]): Promise<"acknowledge" | "return"> {
    const environment = {
      ...{ BATON_STAGE: "prod", BATON_BUS: name, BATON_QUEUE_URL: queueUrl, BATON_DLQ_URL: dlqUrl },
      ...{ BATON_ACCOUNT: ACCOUNT, BATON_QUICKSIGHT_DATA_SETS: dataSets, BATON_QUICKSIGHT_CHECK_SECONDS: 1 },
    };
    const queued = new QueueMessage(recordOf(message), { sqs, queueUrl, dlqUrl });
    return refresh(queued, { sqs, eventBridge, quickSight: quickSightClient, environment });
  }
  function goldCompleted(attributes: Message["MessageAttributes"] = {}, receives = 1): Message {
    return {
      ...{ MessageId: "1", ReceiptHandle: "1", Body: bodyOf(exampleEvent("LayerCompleted", { layer: "gold" })) },
      Attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: "0" },
      MessageAttributes: attributes,
    };
  }
  /** Follows a refresh to its end, message by message. @returns how many messages it took */
  async function follow(first: Message, dataSets: string[]): Promise<number> {
    let count = 0;
    for (let next: Message | undefined = first; next !== undefined; next = await receive(queueUrl)) {
      count += 1;
      await take(next, dataSets);
    }
    return count;
  }

  it("starts the copies, looks at them until all are done, and tells that the dashboards are fresh", async () => {
    await open({
      contracts: [{ status: "RUNNING" }, { status: "COMPLETED", rows: 7_803 }],
      activity: [{ status: "QUEUED" }, { status: "RUNNING" }, { status: "COMPLETED", rows: 4_117 }],
    });

    const looks = await follow(goldCompleted(), ["contracts", "activity"]);

    expect(looks).toBe(4);
    expect(quickSight.refusals).toEqual([]);
    expect(quickSight.requests.slice(0, 2)).toEqual(
      ["contracts", "activity"].map((dataSet) => ({
        method: "PUT",
        path: expect.stringMatching(
          new RegExp(`^/accounts/${ACCOUNT}/data-sets/${dataSet}/ingestions/baton-${RUN}-[0-9a-f]{8}$`),
        ) as string,
        body: { IngestionType: "FULL_REFRESH" },
      })),
    );
    const event = await tap.next("DashboardsRefreshed", (heard) => heard["detail-type"] === "DashboardsRefreshed");
    expect(event.detail).toMatchObject({
      metadata: { runId: RUN },
      data: { layer: "refresh", businessDate: "2026-02-07", stats: { tables: 2, rows: 11_920 } },
    });
  }, 60_000);

  it("starts nothing twice when the event comes twice", async () => {
    await open({ contracts: [{ status: "COMPLETED", rows: 1 }] });

    await take(goldCompleted(), ["contracts"]);
    await take(goldCompleted(), ["contracts"]);

    const started = quickSight.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
    expect(new Set(started).size).toBe(1);
    await receive(queueUrl);
    await receive(queueUrl);
  });

  it("tells of a copy that failed, and leaves a dead letter that a replay starts anew", async () => {
    await open({ contracts: [{ status: "FAILED", error: "column room_number is missing" }] });

    await follow(goldCompleted(), ["contracts"]);
    const letter = await receive(dlqUrl);
    await take({ ...goldCompleted(letter?.MessageAttributes), Body: letter?.Body }, ["contracts"]);

    const event = await tap.next("LayerFailed", (heard) => heard["detail-type"] === "LayerFailed");
    expect(event.detail).toMatchObject({
      metadata: { runId: RUN },
      data: { layer: "refresh", error: { code: "INGESTION_FAILED", retriable: false } },
    });
    expect(JSON.stringify(event.detail)).toContain("contracts: FAILED (SQL_EXCEPTION: column room_number is missing)");
    expect(letter?.MessageAttributes).toMatchObject({
      code: { StringValue: "INGESTION_FAILED" },
      layer: { StringValue: "refresh" },
      runId: { StringValue: RUN },
    });
    const started = quickSight.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
    expect(new Set(started).size).toBe(2);
    await receive(queueUrl);
  }, 60_000);

  it("comes again when QuickSight does not answer, and gives up after a while", async () => {
    await open({ contracts: [] });
    quickSight.outage = { status: 500, times: 2 };

    const { Body: MessageBody } = goldCompleted();
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    const attributes = { MessageSystemAttributeNames: ["All" as const], MessageAttributeNames: ["All"] };
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 3, ...attributes }),
    );

    expect(await take(Messages?.[0] ?? {}, ["contracts"])).toBe("return");
    expect(await take(goldCompleted({}, 5), ["contracts"])).toBe("acknowledge");
    expect((await receive(dlqUrl))?.MessageAttributes).toMatchObject({ layer: { StringValue: "refresh" } });
  });

  it("does nothing, and says nothing, where no data sets are configured", async () => {
    await open({});

    expect(await take(goldCompleted(), [])).toBe("acknowledge");
    expect(quickSight.requests).toEqual([]);
    expect(await receive(queueUrl)).toBeUndefined();
  });
});
