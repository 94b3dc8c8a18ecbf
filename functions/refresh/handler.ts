import { QuickSightClient } from "@aws-sdk/client-quicksight";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsClients } from "../../shared/aws/clients.ts";
import { explainDenials } from "../../shared/aws/explain-denials.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { QueueMessage } from "../../shared/runtime/message.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { refreshEnvironmentSchema } from "./refresh-environment.ts";
import { refresh } from "./refresh.ts";

const quickSight = explainDenials(new QuickSightClient({}));

/** Refreshes the dashboards: starts the SPICE ingestions of their data sets and follows them to their end. */
export const handler = functionHandler("refresh", async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const environment = parseEnvironment(refreshEnvironmentSchema, process.env);
  const { sqs, s3, eventBridge } = awsClients();
  const bus = { s3, eventBridge, bus: environment.BATON_BUS, bucket: environment.BATON_BUCKET };
  const queue = { sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
  const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
  for (const record of Records) {
    const message = new QueueMessage(record, queue);
    const disposition = await refresh(message, { sqs, bus, quickSight, environment });
    if (disposition === "return") batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
});
