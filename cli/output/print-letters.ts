import pc from "picocolors";
import type { ReplayAnswer } from "../../shared/dead-letters/replay-api.ts";
import { commandFor, withCommandsFor } from "../../shared/text/command-for.ts";
import { tokyoText } from "../../shared/time/tokyo-text.ts";
import { table } from "./print-status.ts";

type Letter = ReplayAnswer["letters"][number];

/** Longest error text in the list; `dlq show` prints all of it. */
const SHOWN_CHARACTERS = 80;

/** The list of DLQ messages as text. */
export function renderLetters({ letters }: ReplayAnswer): string {
  const rows = letters.map((letter) => [
    letter.layer,
    letter.runId,
    letter.pattern ?? letter.code,
    String(letter.attempt),
    tokyoText(letter.failedAt ?? letter.sentAt),
    letter.messageId,
    letter.message.replaceAll(/\s+/g, " ").slice(0, SHOWN_CHARACTERS),
  ]);
  return table(["layer", "run", "pattern", "attempt", "failed at (JST)", "message id", "error"], rows, [3]);
}

/** DLQ messages with all details as text. Commands have `--stage`. */
export function renderWholeLetters({ letters }: ReplayAnswer, stage: string): string {
  return letters.map((letter) => renderWhole(letter, stage)).join("\n\n");
}

function renderWhole(letter: Letter, stage: string): string {
  const facts: (readonly [string, string | undefined])[] = [
    ["message", letter.messageId],
    ["layer", letter.layer],
    ["run", letter.runId],
    ["event", letter.detailType],
    ["attempt", String(letter.attempt)],
    ["failed at", letter.failedAt === undefined ? "(not known; SQS moved it)" : `${tokyoText(letter.failedAt)} JST`],
    ["in the queue since", `${tokyoText(letter.sentAt)} JST`],
    ["pattern", letter.pattern],
    ["kind, code", `${letter.kind}, ${letter.code}`],
    ["superseded by", letter.supersededBy],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${pc.bold(name.padEnd(width))}  ${value}`])),
    `${pc.red("error")}  ${letter.message}`,
    ...(letter.advice === undefined ? [] : [`${pc.bold("next")}   ${withCommandsFor(stage, letter.advice)}`]),
    ...(letter.body === undefined ? [] : [pretty(letter.body)]),
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
      return [`${pc.yellow(`${group.length} left where they are`)} (${names[first.reason]}): ${first.detail}`];
    }),
    ...(isComplete ? [] : [`${pc.yellow("not all were looked at")}: there was no more time. Ask again for the rest.`]),
    ...(hiddenElsewhere > 0
      ? [
          `${pc.yellow(`${hiddenElsewhere} more ${hiddenElsewhere === 1 ? "was" : "were"} hidden`)}: somebody else is looking through the queue. Ask again in a minute.`,
        ]
      : []),
    ...(ledger === "unreachable"
      ? [
          `${pc.yellow("the ledger cannot be read")}: crashed runs show without their reason. ${commandFor(stage, "doctor")} looks.`,
        ]
      : []),
  ];
}
