import type { DlqMessage } from "./dlq-message.ts";

/** Selects DLQ messages; all given conditions must hold. */
export interface MessageFilter {
  runId?: string | undefined;
  messageId?: string | undefined;
  /** Messages that failed before this time. */
  olderThan?: Date | undefined;
  /** Name of the error pattern, or code of the error. */
  pattern?: string | undefined;
}

/** True when the filter selects the message. */
export function matches(dlqMessage: DlqMessage, filter: MessageFilter): boolean {
  return (
    (filter.runId === undefined || dlqMessage.runId === filter.runId) &&
    (filter.messageId === undefined || dlqMessage.messageId === filter.messageId) &&
    (filter.pattern === undefined || dlqMessage.pattern === filter.pattern || dlqMessage.code === filter.pattern) &&
    (filter.olderThan === undefined ||
      Date.parse(dlqMessage.failedAt ?? dlqMessage.sentAt) < filter.olderThan.getTime())
  );
}
