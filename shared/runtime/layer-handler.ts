import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { DetailType } from "../../events/schemas.ts";
import { awsClients } from "../aws/clients.ts";
import { layerEnvironmentSchema, parseEnvironment } from "../config/function-config.ts";
import { readWarehouseConfig } from "../warehouse/connection/read-warehouse-config.ts";
import { functionHandler } from "../observability/function-handler.ts";
import { logger } from "../observability/observability.ts";
import type { LayerDefinition } from "./layer-definition.ts";
import { QueueMessage } from "./message.ts";
import { processMessage } from "./process-message.ts";

/**
 * When a layer stops, before Lambda ends the function: it needs time to record the failure and to plan the next attempt.
 *
 * @param remainingMs until Lambda ends the function
 */
export function deadlineOf(remainingMs: number, now = Date.now()): Date {
  return new Date(now + remainingMs - Math.min(MAX_RESERVE_MS, remainingMs / 8));
}

const MAX_RESERVE_MS = 60_000;

/** Makes the Lambda handler of a layer: reads the environment and processes each message. */
export function layerHandler<T extends DetailType>(definition: LayerDefinition<T>) {
  const handle = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const environment = parseEnvironment(layerEnvironmentSchema, process.env);
    const aws = awsClients();
    const warehouse = await readWarehouseConfig(environment, aws.secrets);
    const deadline = deadlineOf(context.getRemainingTimeInMillis());
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    for (const record of event.Records) {
      const queue = { sqs: aws.sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
      const message = new QueueMessage(record, queue);
      const disposition = await processMessage(definition, message, { environment, aws, warehouse, logger, deadline });
      if (disposition.kind === "return") batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  };
  return functionHandler(definition.name, handle, "layer");
}
