import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { QueueMessage } from "../../shared/runtime/message.ts";
import { reviewEnvironmentSchema } from "./review-environment.ts";
import { review } from "./review.ts";

/** Reviews a change to models by its data. */
export const handler = functionHandler("review", async ({ Records }: SQSEvent, context): Promise<SQSBatchResponse> => {
  const environment = parseEnvironment(reviewEnvironmentSchema, process.env);
  const aws = awsClients();
  const queue = { sqs: aws.sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
  const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
  for (const record of Records) {
    const remainingMs = context.getRemainingTimeInMillis();
    const disposition = await review(new QueueMessage(record, queue), { aws, environment, remainingMs });
    if (disposition === "return") batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
});
