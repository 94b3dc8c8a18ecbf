import type { Grant } from "./grant.ts";

/** Rights that AWS checks and the emulator does not: the emulator cannot show that they are needed. */
export interface UnaskedRight {
  action: string;
  /** The roles to which this applies; absent: every role with the right. */
  roles?: readonly string[];
  /** The end of the resource's ARN; absent: any resource. */
  resource?: RegExp;
  /** What needs the right on AWS, and where that is documented. */
  reason: string;
}

const POLLER =
  "Lambda's poller needs it, not the function (Lambda Developer Guide, 'Using Lambda with Amazon SQS', execution role)";
const TAGS = "S3 needs it when the dump has tags, which a copy includes (S3 API Reference, CopyObject)";

/**
 * The test revokes all of them at once and expects everything to work. A right that the emulator starts to check
 * therefore fails the test while it is in this list.
 */
export const unaskedRights: readonly UnaskedRight[] = [
  { action: "logs:CreateLogStream", reason: "the emulator writes a function's log itself" },
  { action: "logs:PutLogEvents", reason: "the emulator writes a function's log itself" },
  { action: "xray:PutTraceSegments", reason: "local environments do not trace: the emulator has no X-Ray" },
  { action: "xray:PutTelemetryRecords", reason: "local environments do not trace: the emulator has no X-Ray" },
  { action: "sqs:ReceiveMessage", resource: /(?<!-dlq)$/, reason: POLLER },
  { action: "sqs:DeleteMessage", resource: /(?<!-dlq)$/, reason: POLLER },
  {
    action: "sqs:GetQueueAttributes",
    roles: ["staging", "silver", "gold", "notify", "refresh", "console", "docs", "review", "migrate"],
    resource: /(?<!-dlq)$/,
    reason: POLLER,
  },
  {
    action: "s3:ListBucket",
    roles: ["pulse", "sweep", "notify", "refresh", "review", "migrate"],
    reason:
      "S3 answers 403 for a missing object to a role that may not list (S3 API Reference, GetObject), the emulator 404",
  },
  { action: "s3:GetObjectTagging", reason: TAGS },
  { action: "s3:PutObjectTagging", reason: TAGS },
  { action: "quicksight:CreateIngestion", reason: "no emulator has QuickSight; its stand-in only checks signatures" },
  {
    action: "quicksight:DescribeIngestion",
    reason: "no emulator has QuickSight; its stand-in only checks signatures",
  },
  { action: "events:PutEvents", roles: ["schedule"], reason: "the emulator's scheduler does not assume its role" },
  { action: "sqs:SendMessage", roles: ["schedule"], reason: "the emulator's scheduler does not assume its role" },
];

/** The entry that covers a right. */
export function unaskedRightOf({ role, action, resource }: Grant): UnaskedRight | undefined {
  return unaskedRights.find(
    (entry) =>
      entry.action === action &&
      (entry.roles === undefined || entry.roles.includes(role)) &&
      (entry.resource === undefined || entry.resource.test(resource)),
  );
}
