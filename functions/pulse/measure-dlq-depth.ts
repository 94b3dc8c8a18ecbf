import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { metrics } from "../../shared/observability/observability.ts";

/** Counts the messages in each DLQ, including hidden ones. */
export async function measureDlqDepth(sqs: SQSClient, queues: readonly { name: string; url: string }[]): Promise<void> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  for (const { name, url } of queues) {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
    const depth = names.reduce((sum, attribute) => sum + Number(Attributes?.[attribute] ?? 0), 0);
    metrics.emit(name, { DlqDepth: depth });
  }
}
