import { randomBytes } from "node:crypto";
import { EventBridgeClient, CreateEventBusCommand } from "@aws-sdk/client-eventbridge";
import { QuickSightClient } from "@aws-sdk/client-quicksight";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { refresh } from "../../../functions/refresh/refresh.ts";
import { clientOptions } from "../../../local/deploy.ts";
import { withProgress } from "../../../functions/refresh/progress.ts";
import { explainDenials } from "../../../shared/aws/explain-denials.ts";
import { QueueMessage } from "../../../shared/runtime/message.ts";
import { bodyOf, exampleEvent, RUN } from "../../support/event-builders.ts";
import { EventTap } from "../../support/event-tap.ts";
import { recordOf } from "../../support/sqs-record.ts";
import { QuickSightStandIn, type Answers } from "../../support/quicksight-stand-in.ts";
import { testServices } from "../../support/services.ts";

const SECRET = "a-secret-key-of-forty-characters-or-so-1";
const ACCOUNT = "123456789012";
const INGESTION = `baton-${RUN}-00000000`;

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

  /** Starts the copies, and looks at them once. @returns the failure that is told, undefined while there is none */
  async function startAndLook(dataSets: string[]): Promise<Record<string, unknown> | undefined> {
    const first = goldCompleted();
    expect(await take(first, dataSets)).toBe("acknowledge");
    const look = await receive(queueUrl);
    if (look === undefined) return failureTold();
    expect(await take(look, dataSets)).toBe("acknowledge");
    return (await countMessages(queueUrl)) > 0 ? undefined : failureTold();
  }
  /** The message that looks at copies which began so many hours ago. */
  function lookAfter(hours: number): Message {
    const startedAt = new Date(Date.now() - hours * 3_600_000).toISOString();
    const Body = withProgress(goldCompleted().Body ?? "", { startedAt, ingestionId: INGESTION });
    return { ...goldCompleted(), Body };
  }
  /** What the letter of the last failure says, which the event says as well. */
  async function failureTold(): Promise<Record<string, unknown>> {
    const { code, message } = (await receive(dlqUrl))?.MessageAttributes ?? {};
    const event = await tap.next("LayerFailed", (heard) => heard["detail-type"] === "LayerFailed");
    const { data } = event.detail as { data: { error: Record<string, unknown> } }; // what the event's schema says
    expect(data.error).toMatchObject({ code: code?.StringValue, message: message?.StringValue });
    return data.error;
  }
  async function countMessages(QueueUrl: string): Promise<number> {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"] as const;
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
    return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  }

  it("looks again while a copy is INITIALIZED, QUEUED or RUNNING", async () => {
    const states = ["INITIALIZED", "QUEUED", "RUNNING"];
    await open(Object.fromEntries(states.map((status) => [status, [{ status }]])));

    for (const [index, status] of states.entries()) {
      quickSight.begin(`${status}/${INGESTION}`);
      expect(await take(lookAfter(1), [status])).toBe("acknowledge");
      expect([status, await countMessages(queueUrl)]).toEqual([status, index + 1]);
    }
    for (const _ of states) await receive(queueUrl);
  });

  it("tells of copies that were CANCELLED or have FAILED in QuickSight's own words", async () => {
    await open({
      a: [{ status: "CANCELLED" }],
      b: [{ status: "CANCELLED", errorType: "INGESTION_SUPERSEDED", error: "a newer one began" }],
      c: [{ status: "FAILED", errorType: "DATA_SET_NOT_SPICE", error: "direct query" }],
      d: [{ status: "FAILED", errorType: "PASSWORD_AUTHENTICATION_FAILURE", error: "user quicksight" }],
    });

    const failure = await startAndLook(["a", "b", "c", "d"]);

    expect(failure).toMatchObject({ code: "INGESTION_FAILED", retriable: false, subjects: ["a", "b", "c", "d"] });
    expect(String(failure?.["message"]).split("; ")).toEqual([
      "data set a: CANCELLED",
      "data set b: CANCELLED (INGESTION_SUPERSEDED: a newer one began)",
      expect.stringMatching(
        /^data set c: FAILED \(DATA_SET_NOT_SPICE: direct query: .*take it off quicksightDataSets\)$/,
      ),
      "data set d: FAILED (PASSWORD_AUTHENTICATION_FAILURE: user quicksight)",
    ]);
  });

  it("copies all other data sets when one fails, then names all that failed at once", async () => {
    await open({
      contracts: [{ status: "FAILED", error: "no table" }],
      activity: [{ status: "RUNNING" }, { status: "COMPLETED", rows: 5, dropped: 2 }],
      moveouts: [{ status: "CANCELLED" }],
    });
    const dataSets = ["contracts", "activity", "moveouts"];

    expect(await startAndLook(dataSets)).toBeUndefined();
    await take((await receive(queueUrl)) ?? {}, dataSets);

    const { message, subjects } = await failureTold();
    expect(subjects).toEqual(["contracts", "moveouts"]);
    expect(message).toBe(
      "data set contracts: FAILED (SQL_EXCEPTION: no table); data set moveouts: CANCELLED; fresh are activity",
    );
    expect(quickSight.requests.filter(({ method }) => method === "PUT")).toHaveLength(3);
  });

  it("starts the other data sets when some are refused, and tells why at the end", async () => {
    await open({ activity: [{ status: "COMPLETED", rows: 5 }] });
    const refuse = (dataSet: string, errorType: string, status: number): void =>
      void quickSight.startRefusals.set(dataSet, { status, errorType, message: "its words", times: 9 });
    refuse("gone", "ResourceNotFoundException", 404);
    refuse("direct", "InvalidParameterValueException", 400);
    refuse("often", "LimitExceededException", 409);

    const failure = await startAndLook(["gone", "direct", "often", "activity"]);

    expect(failure).toMatchObject({ code: "INGESTION_FAILED", subjects: ["gone", "direct", "often"] });
    expect(String(failure?.["message"]).split("; ")).toEqual([
      "data set gone: there is no such data set (ResourceNotFoundException: its words)",
      expect.stringMatching(/^data set direct: QuickSight does not take the request/),
      expect.stringMatching(/not in SPICE.*\(InvalidParameterValueException: its words\)$/),
      expect.stringMatching(/^data set often: .*24 hours.*\(LimitExceededException: its words\)$/),
      "fresh are activity",
    ]);
  });

  it("waits while another copy of the data set is at work, then makes its own", async () => {
    await open({ contracts: [{ status: "COMPLETED", rows: 1 }] });
    const message = "an ingestion of the data set is running";
    quickSight.startRefusals.set("contracts", { status: 409, errorType: "ConflictException", message, times: 2 });

    const looks = await follow(goldCompleted(), ["contracts"]);

    expect(looks).toBe(4);
    expect(quickSight.requests.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT", "GET", "PUT", "GET"]);
    await tap.next("DashboardsRefreshed", (heard) => heard["detail-type"] === "DashboardsRefreshed");
  });

  it("comes again when QuickSight asks to slow down, and starts no copy twice for it", async () => {
    await open({ contracts: [{ status: "COMPLETED" }], activity: [{ status: "COMPLETED" }] });
    const message = "Rate exceeded";
    quickSight.startRefusals.set("activity", { status: 429, errorType: "ThrottlingException", message, times: 1 });
    const { Body: MessageBody } = goldCompleted();
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    const event = (await receive(queueUrl)) ?? {};

    expect(await take(event, ["contracts", "activity"])).toBe("return");
    expect(await take(event, ["contracts", "activity"])).toBe("acknowledge");

    const started = quickSight.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
    expect(started).toHaveLength(4);
    expect(new Set(started).size).toBe(2);
    await receive(queueUrl);
  });

  it("gives up at once where it may not copy, and names right and data set", async () => {
    await open({ contracts: [{ status: "COMPLETED" }] });
    const message = "not authorized";
    quickSight.startRefusals.set("contracts", { status: 401, errorType: "AccessDeniedException", message, times: 9 });

    expect(await take(goldCompleted(), ["contracts"])).toBe("acknowledge");

    expect(await failureTold()).toMatchObject({
      retriable: false,
      message: "AWS does not allow quicksight:CreateIngestion on contracts: not authorized",
      advice: expect.stringContaining("serverless/roles.cjs") as string,
    });
  });

  it("stops following after two hours, and names what hangs", async () => {
    await open({ contracts: [{ status: "COMPLETED" }], activity: [{ status: "QUEUED" }] });
    for (const dataSet of ["contracts", "activity"]) quickSight.begin(`${dataSet}/${INGESTION}`);

    expect(await take(lookAfter(1.9), ["contracts", "activity"])).toBe("acknowledge");
    expect(await countMessages(queueUrl)).toBe(1);
    await receive(queueUrl);
    expect(await take(lookAfter(2.1), ["contracts", "activity"])).toBe("acknowledge");

    expect(await countMessages(queueUrl)).toBe(0);
    expect(await failureTold()).toMatchObject({
      ...{ code: "INGESTION_STUCK", subjects: ["activity"] },
      message: "not copied within two hours: activity (1 of 2 data sets)",
    });
  });

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
