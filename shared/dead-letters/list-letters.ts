import type { Connection } from "mysql2/promise";
import { compareLetters, type DeadLetter } from "./dead-letter.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";
import { joinLedger } from "./join-ledger.ts";
import { matches, type LetterFilter } from "./letter-filter.ts";
import { walkQueue, type Walked, type WalkLimits } from "./walk-queue.ts";

/** A dead letter as it is listed. */
interface ListedLetter extends DeadLetter {
  /** The message itself, where it was asked for. */
  body?: string;
}

/** What is listed of a queue. */
export interface ListRequest {
  filter: LetterFilter;
  /** Only letters after this one. */
  after?: Pick<DeadLetter, "sentAt" | "messageId"> | undefined;
  /** Most letters of this page. */
  page: number;
  /** Most bytes of this page. */
  pageBytes: number;
  content: "summary" | "with-body";
}

/** A page of a list. */
export interface ListedPage extends Walked {
  /** Oldest first. */
  letters: ListedLetter[];
  /** True when letters that match were left to the next page. */
  hasMore: boolean;
}

/**
 * Lists dead letters, oldest first; they stay where they are. A page is the oldest letters after the last one of the
 * page before, so pages need no memory between calls.
 *
 * @param ledger undefined where it cannot be asked: then only the messages speak
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

/** The first letters that fit on a page; always one, so that a list comes to its end. */
function fitting(letters: readonly ListedLetter[], page: number, pageBytes: number): ListedLetter[] {
  let bytes = 0;
  const end = letters.findIndex((letter, index) => {
    bytes += Buffer.byteLength(JSON.stringify(letter));
    return index > 0 && (index >= page || bytes > pageBytes);
  });
  return end === -1 ? [...letters] : letters.slice(0, end);
}
