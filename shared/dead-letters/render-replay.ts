import { z } from "zod";
import { replayAnswerSchema, replayRequestSchema } from "./replay-api.ts";

/** The parts of a JSON Schema that the tables show. */
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

/** A table of a schema's fields, with the fields of lists below their list. */
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

While \`isComplete\` is \`false\`, there is more: call again with the same request, for a list with \`"after"\` set to \`next\`.
\`./baton dlq\` does that for you. An invalid request, or any other error, is a failed call (\`FunctionError\`) with
\`errorType\` and \`errorMessage\`.`;

const PROMISES = `## Guarantees

- **Nothing is lost.** The function sends up to ten messages to their layer, then deletes them from the DLQ. If it dies in
  between, they are in both queues; the layer does the work once, whichever copy arrives first.
- **A purge is recorded.** The ledger notes that the message of a failed layer is deleted, so that the console page names it
  no longer.
- **A replay gives the layer a new set of attempts** and continues where the run stopped. Body, event ID, run ID and
  correlation ID are unchanged. The SQS message ID is new; it is never used as a key.
- **The oldest messages go first**, as far as SQS returns them in order.
- **Memory and time are bounded.** A call reads at most 100,000 messages, sends at most 2,000, and returns before its
  timeout.
- **Messages are hidden for seconds while they are read**, and visible again afterwards, also after an error. If two people
  read a queue at once, each releases its messages and reads again until it has seen all. Messages that it could not see
  within 20 seconds are counted in \`hiddenElsewhere\`. If the function is killed, SQS shows the messages again after two
  minutes.
- **A message of a superseded run is not sent back** without \`force\`; the layer would refuse it, too.
- **A message that is not an event is shown and can be deleted**, but is never sent back.`;

const REDRIVE = `## SQS's own redrive

On AWS, "Start DLQ redrive" in the console and \`aws sqs start-message-move-task --source-arn ARN_OF_THE_DLQ\` also work.
They move all messages, without a selection; bodies are unchanged. A moved message has no replay ID. The ledger recognizes the
redrive because the message was sent after the layer's failure (its \`SentTimestamp\`), and gives the layer a new set of
attempts. A redrive needs permissions on the queues themselves (\`sqs:StartMessageMoveTask\`, \`sqs:ReceiveMessage\`,
\`sqs:DeleteMessage\` and \`sqs:GetQueueAttributes\` on the DLQ, \`sqs:SendMessage\` on the layer's queue), and SQS sends as the
caller: the queues refuse all roles but those in the parameter \`redriveRoleArns\` ([deploy](deploy.md#6-deploy)). Messages of
superseded runs are refused only by the layer. The local emulator does not support this action; use \`./baton dlq replay\`.

Events that a rule could not deliver are in \`baton-<stage>-rule-dlq\`, which no layer reads. The bus refuses Baton's events of
people, but its archive \`baton-<stage>\` holds them for 30 days: \`aws events start-replay\`.`;

/** Renders docs/replay.md: the replay function's request and answer, examples and guarantees. */
export function renderReplay(): string {
  const head = ["| field | type | required | meaning |", "| --- | --- | --- | --- |"];
  return [
    "# The replay function",
    "",
    "<!-- Generated from shared/dead-letters by `npm run docs`. Do not edit. -->",
    "",
    "`baton-<stage>-replay` lists, sends back and deletes DLQ messages. Only this function has permissions on the queues of",
    "all layers. The caller needs `lambda:InvokeFunction` on it and nothing else. `./baton dlq list|show|replay|purge` call it.",
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
