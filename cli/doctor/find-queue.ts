import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** A queue of the stack. */
export interface FoundQueue {
  name: string;
  url: string;
  /** Undefined when the queue does not exist. */
  attributes: Record<string, string> | undefined;
}

/** Finds a queue with all of its attributes. */
export async function findQueue(sqs: SQSClient, QueueUrl: string): Promise<FoundQueue> {
  const name = QueueUrl.split("/").at(-1) ?? QueueUrl;
  try {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    return { name, url: QueueUrl, attributes: Attributes ?? {} };
  } catch (error) {
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) {
      return { name, url: QueueUrl, attributes: undefined };
    }
    throw error;
  }
}
