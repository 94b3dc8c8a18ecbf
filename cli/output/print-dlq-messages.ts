import { colours } from "./colours.ts";
import type { ReplayAnswer } from "../../shared/dead-letters/replay-api.ts";
import { commandFor, withCommandsFor } from "../../shared/text/command-for.ts";
import { zoneLabel } from "../../shared/time/time-zone.ts";
import { timeText } from "../../shared/time/time-text.ts";
import { table } from "./table.ts";

type DlqMessage = ReplayAnswer["messages"][number];

/** Longest error text in the list; `dlq show` prints all of it. */
const SHOWN_CHARACTERS = 80;

/** The list of DLQ messages as text. */
export function renderMessages({ messages }: ReplayAnswer): string {
  const rows = messages.map((dlqMessage) => [
    dlqMessage.layer,
    dlqMessage.runId,
    dlqMessage.pattern ?? dlqMessage.code,
    String(dlqMessage.attempt),
    timeText(dlqMessage.failedAt ?? dlqMessage.sentAt),
    dlqMessage.messageId,
    dlqMessage.message.replaceAll(/\s+/g, " ").slice(0, SHOWN_CHARACTERS),
  ]);
  return table(["layer", "run", "pattern", "attempt", `failed at (${zoneLabel()})`, "message ID", "error"], rows, {
    alignRight: [3],
  });
}

/** DLQ messages with all details as text. Commands have `--stage`. */
export function renderFullMessages({ messages }: ReplayAnswer, stage: string): string {
  return messages.map((dlqMessage) => renderFullMessage(dlqMessage, stage)).join("\n\n");
}

function renderFullMessage(dlqMessage: DlqMessage, stage: string): string {
  const facts: (readonly [string, string | undefined])[] = [
    ["message", dlqMessage.messageId],
    ["layer", dlqMessage.layer],
    ["run", dlqMessage.runId],
    ["event", dlqMessage.detailType],
    ["attempt", String(dlqMessage.attempt)],
    [
      "failed at",
      dlqMessage.failedAt === undefined
        ? "(not known; SQS moved it)"
        : `${timeText(dlqMessage.failedAt)} ${zoneLabel()}`,
    ],
    ["in the queue since", `${timeText(dlqMessage.sentAt)} ${zoneLabel()}`],
    ["pattern", dlqMessage.pattern],
    ["kind, code", `${dlqMessage.kind}, ${dlqMessage.code}`],
    ["superseded by", dlqMessage.supersededBy],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${colours.bold(name.padEnd(width))}  ${value}`])),
    `${colours.red("error")}  ${dlqMessage.message}`,
    ...(dlqMessage.advice === undefined
      ? []
      : [`${colours.bold("next")}   ${withCommandsFor(stage, dlqMessage.advice)}`]),
    ...(dlqMessage.body === undefined ? [] : [pretty(dlqMessage.body)]),
  ].join("\n");
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** Notes on a list of DLQ messages. */
export function renderNotes({ skipped, hiddenElsewhere, ledger, isComplete }: ReplayAnswer, stage: string): string[] {
  const byReason = [...Map.groupBy(skipped, ({ reason, detail }) => `${reason}\n${detail}`).values()];
  return [
    ...byReason.flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const names = { superseded: "superseded", "not-an-event": "not an event", "refused-by-queue": "refused" };
      return [
        `${colours.yellow(`${group.length} left in the DLQ`)} (${names[first.reason]}): ${withCommandsFor(stage, first.detail)}`,
      ];
    }),
    ...(isComplete
      ? []
      : [`${colours.yellow("incomplete")}: the time limit was reached. Run the command again for the rest.`]),
    ...(hiddenElsewhere > 0
      ? [
          `${colours.yellow(`${hiddenElsewhere} more ${hiddenElsewhere === 1 ? "is" : "are"} hidden`)}: another reader is reading the queue. Run the command again in a minute.`,
        ]
      : []),
    ...(ledger === "unreachable"
      ? [
          `${colours.yellow("the ledger cannot be read")}: crashed runs are shown without their reason. To check: ${commandFor(stage, "doctor")}`,
        ]
      : []),
  ];
}
