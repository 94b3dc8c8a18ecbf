import type { Connection } from "mysql2/promise";
import { compareLetters, type DeadLetter } from "./dead-letter.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";
import { joinLedger } from "./join-ledger.ts";
import { matches, type LetterFilter } from "./letter-filter.ts";
import { walkQueue, type Walked, type WalkLimits } from "./walk-queue.ts";

/** A listed DLQ message. */
interface ListedLetter extends DeadLetter {
  /** The body of the message, if requested. */
  body?: string;
}

/** Which messages of a queue to list. */
export interface ListRequest {
  filter: LetterFilter;
  /** Only messages after this one. */
  after?: Pick<DeadLetter, "sentAt" | "messageId"> | undefined;
  /** Most messages on this page. */
  page: number;
  /** Most bytes on this page. */
  pageBytes: number;
  content: "summary" | "with-body";
}

/** A page of a list. */
export interface ListedPage extends Walked {
  /** Oldest first. */
  letters: ListedLetter[];
  /** True when more matching messages follow on the next page. */
  hasMore: boolean;
}

/**
 * Lists DLQ messages without removing them, oldest first. A page starts after the last message of the previous page, so
 * no state is needed between calls.
 *
 * @param ledger undefined when it cannot be read: then the list has only what the messages contain
 */
export async function listLetters(
  queue: DeadLetterQueue,
  ledger: Connection | undefined,
  limits: WalkLimits,
  { filter, after, page, pageBytes, content }: ListRequest,
): Promise<ListedPage> {
  const found = new Map<string, ListedLetter>();
  let hasMore = false;
  const trim = (): void => {
    const kept = fitting([...found.values()].sort(compareLetters), page, pageBytes);
    if (kept.length === found.size) return;
    hasMore = true;
    found.clear();
    for (const letter of kept) found.set(letter.messageId, letter);
  };
  const walked = await walkQueue(queue, limits, async (received) => {
    if (ledger !== undefined) await joinLedger(ledger, queue.queues, received);
    for (const { letter, body } of received) {
      if (!matches(letter, filter)) continue;
      if (after !== undefined && compareLetters(letter, { ...letter, ...after }) <= 0) continue;
      found.set(letter.messageId, content === "with-body" ? { ...letter, body } : letter);
    }
    trim();
    return { deleted: new Set(), isEnough: false };
  });
  return { ...walked, letters: [...found.values()].sort(compareLetters), hasMore };
}

/** The first messages that fit on a page; at least one, so that paging always ends. */
function fitting(letters: readonly ListedLetter[], page: number, pageBytes: number): ListedLetter[] {
  let bytes = 0;
  const end = letters.findIndex((letter, index) => {
    bytes += Buffer.byteLength(JSON.stringify(letter));
    return index > 0 && (index >= page || bytes > pageBytes);
  });
  return end === -1 ? [...letters] : letters.slice(0, end);
}
