import pc from "picocolors";
import type { ReplayAnswer } from "../../shared/dead-letters/replay-api.ts";
import { table } from "./print-status.ts";

type Letter = ReplayAnswer["letters"][number];

/** Characters of an error that the list shows; `dlq show` has the rest. */
const SHOWN_CHARACTERS = 80;

function shortTime(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

/** The list of dead letters for people. */
export function renderLetters({ letters }: ReplayAnswer): string {
  const rows = letters.map((letter) => [
    letter.layer,
    letter.runId,
    letter.pattern ?? letter.code,
    String(letter.attempt),
    shortTime(letter.failedAt ?? letter.sentAt),
    letter.messageId,
    letter.message.replaceAll(/\s+/g, " ").slice(0, SHOWN_CHARACTERS),
  ]);
  return table(["layer", "run", "pattern", "attempt", "failed at (UTC)", "message id", "error"], rows, [3]);
}

/** Dead letters whole, for people. */
export function renderWholeLetters({ letters }: ReplayAnswer): string {
  return letters.map(renderWhole).join("\n\n");
}

function renderWhole(letter: Letter): string {
  const facts: (readonly [string, string | undefined])[] = [
    ["message", letter.messageId],
    ["layer", letter.layer],
    ["run", letter.runId],
    ["event", letter.detailType],
    ["attempt", String(letter.attempt)],
    ["failed at", letter.failedAt ?? "(not known; SQS moved it)"],
    ["in the queue since", letter.sentAt],
    ["pattern", letter.pattern],
    ["kind, code", `${letter.kind}, ${letter.code}`],
    ["superseded by", letter.supersededBy],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${pc.bold(name.padEnd(width))}  ${value}`])),
    `${pc.red("error")}  ${letter.message}`,
    ...(letter.advice === undefined ? [] : [`${pc.bold("next")}   ${letter.advice}`]),
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

/** What a person has to know beside the letters themselves. */
export function renderNotes({ skipped, hiddenElsewhere, ledger, isComplete }: ReplayAnswer): string[] {
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
          `${pc.yellow(`${hiddenElsewhere} more were hidden`)}: somebody else is looking through them. Ask again in a minute.`,
        ]
      : []),
    ...(ledger === "unreachable"
      ? [`${pc.yellow("the ledger cannot be read")}: crashed runs show without their reason. ./baton doctor looks.`]
      : []),
  ];
}
