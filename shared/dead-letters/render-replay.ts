import { z } from "zod";
import { replayAnswerSchema, replayRequestSchema } from "./replay-api.ts";

/** The part of a JSON Schema that the tables show. */
const shownSchema = z.object({
  properties: z.record(
    z.string(),
    z.looseObject({
      type: z.string().optional(),
      enum: z.array(z.string()).optional(),
      format: z.string().optional(),
      default: z.union([z.string(), z.boolean(), z.number()]).optional(),
      description: z.string().optional(),
      items: z.unknown().optional(),
    }),
  ),
  required: z.array(z.string()).default([]),
});

/** A table of a schema's fields, those of lists below them. */
function rowsOf(schema: unknown, prefix = ""): string[] {
  const { properties, required } = shownSchema.parse(schema);
  return Object.entries(properties).flatMap(([name, field]) => {
    const type =
      field.enum?.map((value) => `\`${value}\``).join(", ") ?? [field.type, field.format].filter(Boolean).join(" ");
    const presence =
      field.default === undefined ? (required.includes(name) ? "yes" : "no") : `no: \`${String(field.default)}\``;
    const row = `| \`${prefix}${name}\` | ${type} | ${presence} | ${field.description ?? ""} |`;
    return [row, ...(shownSchema.safeParse(field.items).success ? rowsOf(field.items, `${prefix}${name}[].`) : [])];
  });
}

const EXAMPLES = `## Without \`./baton\`

\`\`\`sh
invoke() {
  aws lambda invoke --function-name baton-staging-replay --cli-binary-format raw-in-base64-out \\
    --cli-read-timeout 300 --payload "$1" /dev/stdout
}

invoke '{"action": "list"}'
invoke '{"action": "list", "layer": "silver", "pattern": "lock-wait", "limit": 10, "withBodies": true}'
invoke '{"action": "replay", "runId": "2026-02-07-1a2b3c4d", "dryRun": true}'
invoke '{"action": "replay", "layer": "silver"}'
invoke '{"action": "purge", "olderThan": "2026-02-01T00:00:00Z", "dryRun": true}'
\`\`\`

While \`isComplete\` is \`false\` there is more: call again with the same request, a list with \`"after"\` set to \`next\`.
\`./baton dlq\` does that by itself. A request that cannot be read, and every other error, is a failed call
(\`FunctionError\`) with \`errorType\` and \`errorMessage\`.`;

const PROMISES = `## What it promises

- **Nothing is lost.** Ten letters at a time are first sent to their layer, then deleted. When the function dies between
  the two, they are in both queues; the layer does the work once, whichever comes first.
- **A replay begins the layer's attempts anew** and goes on where the run stopped. Body, event id, run and correlation id
  stay as they were; the id of the SQS message is a new one and never a key.
- **The oldest letters go first**, as far as SQS gives them in order.
- **Memory and time are bounded.** A call looks at 100,000 messages at most, hands 2,000 over at a time and ends in order
  before its time is up.
- **Letters are hidden while they are looked through**, for seconds, and visible again afterwards, also after an error. When
  two people look at a time, each lets go and looks again until it has seen all; what it could not see within 20 seconds is
  counted in \`hiddenElsewhere\`. When the function is killed, SQS shows the letters again after two minutes.
- **A run that a newer one has superseded is not sent back** unless \`force\` says so; the layer itself would refuse it, too.
- **Text that is no event is shown and can be deleted**, and is never sent back.`;

const REDRIVE = `## SQS's own redrive

On AWS, "Start DLQ redrive" in the console and \`aws sqs start-message-move-task --source-arn ARN_OF_THE_DLQ\` work as well.
They move everything, and nothing can be chosen; bodies stay as they are. A moved message has no replay id; the ledger takes
it for a redrive because it was put into the queue after the layer's failure (its \`SentTimestamp\`), and begins the attempts
anew. It takes rights on the queues themselves (\`sqs:StartMessageMoveTask\`, \`sqs:ReceiveMessage\`, \`sqs:DeleteMessage\`,
\`sqs:GetQueueAttributes\` on the dead-letter queue, \`sqs:SendMessage\` on the layer's), and superseded runs are only refused
by the layer. The emulator on one machine does not have this action; there, use \`./baton dlq replay\`.

Events that a rule could not deliver are in \`baton-<stage>-rule-dlq\`, which no layer reads: put them on the bus again with
\`aws events put-events\`.`;

/** Renders docs/replay.md: the replay function's request and answer, examples and promises. */
export function renderReplay(): string {
  const head = ["| field | type | required | meaning |", "| --- | --- | --- | --- |"];
  return [
    "# The replay function",
    "",
    "<!-- Generated from shared/dead-letters by `npm run docs`. Do not edit. -->",
    "",
    "`baton-<stage>-replay` lists, sends back and deletes dead letters. It alone may touch the queues of all layers; whoever",
    "calls it needs the right `lambda:InvokeFunction` on it and no other. `./baton dlq list|show|replay|purge` call it.",
    "",
    "## Request",
    "",
    ...head,
    ...rowsOf(z.toJSONSchema(replayRequestSchema, { io: "input" })),
    "",
    "## Answer",
    "",
    ...head,
    ...rowsOf(z.toJSONSchema(replayAnswerSchema)),
    "",
    EXAMPLES,
    "",
    PROMISES,
    "",
    REDRIVE,
    "",
  ].join("\n");
}
