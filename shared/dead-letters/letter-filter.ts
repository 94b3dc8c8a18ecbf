import type { DeadLetter } from "./dead-letter.ts";

/** Selects DLQ messages; all given conditions must hold. */
export interface LetterFilter {
  runId?: string | undefined;
  messageId?: string | undefined;
  /** Messages that failed before this time. */
  olderThan?: Date | undefined;
  /** Name of the error pattern, or code of the error. */
  pattern?: string | undefined;
}

/** True when the filter selects the message. */
export function matches(letter: DeadLetter, filter: LetterFilter): boolean {
  return (
    (filter.runId === undefined || letter.runId === filter.runId) &&
    (filter.messageId === undefined || letter.messageId === filter.messageId) &&
    (filter.pattern === undefined || letter.pattern === filter.pattern || letter.code === filter.pattern) &&
    (filter.olderThan === undefined || Date.parse(letter.failedAt ?? letter.sentAt) < filter.olderThan.getTime())
  );
}
