import type { Connection } from "mysql2/promise";
import { compareMessages, type DlqMessage } from "./dlq-message.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";
import { joinLedger } from "./join-ledger.ts";
import { matches, type MessageFilter } from "./message-filter.ts";
import { walkQueue, type Walked, type WalkLimits } from "./walk-queue.ts";

/** A listed DLQ message. */
interface ListedMessage extends DlqMessage {
  /** The body of the message, if requested. */
  body?: string;
}

/** Which messages of a queue to list. */
export interface ListRequest {
  filter: MessageFilter;
  /** Only messages after this one. */
  after?: Pick<DlqMessage, "sentAt" | "messageId"> | undefined;
  /** Most messages on this page. */
  page: number;
  /** Most bytes on this page. */
  pageBytes: number;
  content: "summary" | "with-body";
}

/** A page of a list. */
export interface ListedPage extends Walked {
  /** Oldest first. */
  messages: ListedMessage[];
  /** True when more matching messages follow on the next page. */
  hasMore: boolean;
}

/**
 * Lists DLQ messages without removing them, oldest first. A page starts after the last message of the previous page, so
 * no state is needed between calls.
 *
 * @param ledger undefined when it cannot be read: then the list has only what the messages contain
 */
export async function listMessages(
  queue: DeadLetterQueue,
  ledger: Connection | undefined,
  limits: WalkLimits,
  { filter, after, page, pageBytes, content }: ListRequest,
): Promise<ListedPage> {
  const found = new Map<string, ListedMessage>();
  let hasMore = false;
  const trim = (): void => {
    const kept = fitting([...found.values()].sort(compareMessages), page, pageBytes);
    if (kept.length === found.size) return;
    hasMore = true;
    found.clear();
    for (const dlqMessage of kept) found.set(dlqMessage.messageId, dlqMessage);
  };
  const walked = await walkQueue(queue, limits, async (received) => {
    if (ledger !== undefined) await joinLedger(ledger, queue.queues, received);
    for (const { dlqMessage, body } of received) {
      if (!matches(dlqMessage, filter)) continue;
      if (after !== undefined && compareMessages(dlqMessage, { ...dlqMessage, ...after }) <= 0) continue;
      found.set(dlqMessage.messageId, content === "with-body" ? { ...dlqMessage, body } : dlqMessage);
    }
    trim();
    return { deleted: new Set(), isEnough: false };
  });
  return { ...walked, messages: [...found.values()].sort(compareMessages), hasMore };
}

/** The first messages that fit on a page; at least one, so that paging always ends. */
function fitting(messages: readonly ListedMessage[], page: number, pageBytes: number): ListedMessage[] {
  let bytes = 0;
  const end = messages.findIndex((dlqMessage, index) => {
    bytes += Buffer.byteLength(JSON.stringify(dlqMessage));
    return index > 0 && (index >= page || bytes > pageBytes);
  });
  return end === -1 ? [...messages] : messages.slice(0, end);
}
