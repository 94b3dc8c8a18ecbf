import { SQSClient } from "@aws-sdk/client-sqs";
import { DeadLetterQueue } from "../../../shared/dead-letters/dead-letter-queue.ts";
import { parseReceivedMessage, type ReceivedMessage } from "../../../shared/dead-letters/dlq-message.ts";
import { walkQueue } from "../../../shared/dead-letters/walk-queue.ts";

const LIMITS = { hiddenSeconds: 30, patienceMs: 10_000, lastLookSeconds: 0 };

/** Another reader's messages become visible between the last look and the count: no real queue does this on request. */
class QueueOfTwoReaders extends DeadLetterQueue {
  readonly #messages = ["first", "second"];
  readonly #received = new Set<string>();
  #hiddenByOther = new Set(["second"]);

  constructor() {
    super(new SQSClient({ region: "none" }), { layer: "silver", queueUrl: "queue", dlqUrl: "dlq" });
  }

  override count(): Promise<{ visible: number; hidden: number }> {
    this.#hiddenByOther = new Set();
    const hidden = this.#received.size;
    return Promise.resolve({ visible: this.#messages.length - hidden, hidden });
  }

  override receive(): Promise<ReceivedMessage[]> {
    const visible = this.#messages.filter((id) => !this.#received.has(id) && !this.#hiddenByOther.has(id));
    for (const id of visible) this.#received.add(id);
    return Promise.resolve(visible.map((id) => parseReceivedMessage("silver", { MessageId: id, ReceiptHandle: id })));
  }

  override show(): Promise<void> {
    this.#received.clear();
    return Promise.resolve();
  }
}

describe("a pass through a DLQ", () => {
  it("tries again when another reader makes messages visible after the last look", async () => {
    const seen = new Set<string>();

    const walked = await walkQueue(
      new QueueOfTwoReaders(),
      { ...LIMITS, deadline: new Date(Date.now() + 60_000) },
      (messages) => {
        for (const { dlqMessage } of messages) seen.add(dlqMessage.messageId);
        return Promise.resolve({ deleted: new Set(), isEnough: false });
      },
    );

    expect(walked).toEqual({ examined: 2, hiddenElsewhere: 0, isComplete: true });
    expect([...seen]).toEqual(["first", "second"]);
  });
});
