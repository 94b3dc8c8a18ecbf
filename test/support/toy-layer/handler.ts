import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  ChangeMessageVisibilityCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

/** What the toy layer must do with a message, in `detail.data.order`. */
export interface Order {
  /** `done`: acknowledged. `return`: reported as failed, visible again after a while. `throw`: the function fails. */
  outcome: "done" | "return" | "throw";
  workMs?: number;
  visibleAfterSeconds?: number;
  /** Try the actions that no layer may perform, and record the results. */
  forbidden?: { otherQueueUrl: string };
}

/** The toy layer's report of a delivery, published as event `Diary` of source `toy`. */
export interface DiaryEntry {
  layer: string;
  messageId: string;
  receiveCount: number;
  body: string;
  startedAt: number;
  endedAt: number;
  nodeVersion: string;
  /** Name of the error of each forbidden action; `allowed` when there was none. */
  forbiddenOutcomes: Record<string, string>;
}

const sqs = new SQSClient({ maxAttempts: 1 });
const s3 = new S3Client({ forcePathStyle: true, maxAttempts: 1 });
const eventBridge = new EventBridgeClient({ maxAttempts: 1 });

const environment = (name: string): string => process.env[name] ?? "";

async function tryForbiddenActions(otherQueueUrl: string): Promise<Record<string, string>> {
  const bucket = environment("BATON_BUCKET");
  const actions: Record<string, () => Promise<unknown>> = {
    receiveFromOtherQueue: () => sqs.send(new ReceiveMessageCommand({ QueueUrl: otherQueueUrl })),
    sendToOtherQueue: () => sqs.send(new SendMessageCommand({ QueueUrl: otherQueueUrl, MessageBody: "x" })),
    purgeOwnQueue: () => sqs.send(new PurgeQueueCommand({ QueueUrl: environment("BATON_QUEUE_URL") })),
    readDlq: () => sqs.send(new ReceiveMessageCommand({ QueueUrl: environment("BATON_DLQ_URL") })),
    overwriteDump: () => s3.send(new PutObjectCommand({ Bucket: bucket, Key: "dumps/evil.sql", Body: "x" })),
    readOtherObject: () => s3.send(new GetObjectCommand({ Bucket: bucket, Key: "quarantine/other.sql" })),
    putOnOtherBus: () =>
      eventBridge.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: "default", Source: "toy", DetailType: "Diary", Detail: "{}" }],
        }),
      ),
  };
  const outcomes = Object.entries(actions).map(async ([name, attempt]) => {
    const outcome = await attempt().then(
      () => "allowed",
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
    return [name, outcome] as const;
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

async function write(entry: DiaryEntry): Promise<void> {
  const event = { EventBusName: environment("BATON_BUS"), Source: "toy", DetailType: "Diary" };
  await eventBridge.send(new PutEventsCommand({ Entries: [{ ...event, Detail: JSON.stringify(entry) }] }));
}

function orderOf(record: SQSRecord): Order {
  // the tests write the orders; a message without one is acknowledged
  const body = JSON.parse(record.body) as { detail?: { data?: { order?: Order } } };
  return body.detail?.data?.order ?? { outcome: "done" };
}

/** A layer that does what the message says: replaces a real one in tests of the delivery. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const startedAt = Date.now();
  const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
  for (const record of Records) {
    const order = orderOf(record);
    await new Promise((resolve) => setTimeout(resolve, order.workMs ?? 0));
    const forbiddenOutcomes =
      order.forbidden === undefined ? {} : await tryForbiddenActions(order.forbidden.otherQueueUrl);
    await write({
      // the row of the layer table, passed to the function unchanged
      layer: (JSON.parse(environment("BATON_LAYER")) as { name: string }).name,
      messageId: record.messageId,
      receiveCount: Number(record.attributes.ApproximateReceiveCount),
      body: record.body,
      startedAt,
      endedAt: Date.now(),
      nodeVersion: process.version,
      forbiddenOutcomes,
    });
    if (order.visibleAfterSeconds !== undefined) {
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: environment("BATON_QUEUE_URL"),
          ReceiptHandle: record.receiptHandle,
          VisibilityTimeout: order.visibleAfterSeconds,
        }),
      );
    }
    if (order.outcome === "throw") throw new Error("as ordered");
    if (order.outcome === "return") batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
};
