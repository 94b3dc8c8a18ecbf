import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { z } from "zod";
import { awsClients, type AwsClients } from "../aws/clients.ts";
import { parseEnvironment, type queueEnvironmentSchema } from "../config/function-config.ts";
import { functionHandler } from "../observability/function-handler.ts";
import { QueueMessage } from "../runtime/message.ts";

/** What a function that answers requests works with. */
export interface RequestPorts<Environment> {
  aws: AwsClients;
  environment: Environment;
  /** Until Lambda ends the function. */
  remainingMs: number;
}

/** Makes the Lambda handler of a function that answers requests: reads the environment and answers each message. */
export function requestHandler<Schema extends z.ZodType<z.infer<typeof queueEnvironmentSchema>>>(
  name: string,
  schema: Schema,
  answer: (message: QueueMessage, ports: RequestPorts<z.infer<Schema>>) => Promise<"acknowledge" | "return">,
) {
  return functionHandler(name, async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const environment = parseEnvironment(schema, process.env);
    const aws = awsClients();
    const queue = { sqs: aws.sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    for (const record of Records) {
      const remainingMs = context.getRemainingTimeInMillis();
      const disposition = await answer(new QueueMessage(record, queue), { aws, environment, remainingMs });
      if (disposition === "return") batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  });
}
