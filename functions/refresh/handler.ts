import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { QuickSightClient } from "@aws-sdk/client-quicksight";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { explainDenials } from "../../shared/aws/explain-denials.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { QueueMessage } from "../../shared/runtime/message.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { refreshEnvironmentSchema } from "./refresh-environment.ts";
import { refresh } from "./refresh.ts";

const sqs = explainDenials(new SQSClient({}));
const eventBridge = explainDenials(new EventBridgeClient({}));
const quickSight = explainDenials(new QuickSightClient({}));

/** Refreshes the dashboards: starts the SPICE ingestions of their data sets and follows them to their end. */
export const handler = functionHandler("refresh", async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const environment = parseEnvironment(refreshEnvironmentSchema, process.env);
  const queue = { sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
  const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
  for (const record of Records) {
    const message = new QueueMessage(record, queue);
    const disposition = await refresh(message, { sqs, eventBridge, quickSight, environment });
    if (disposition === "return") batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
});
