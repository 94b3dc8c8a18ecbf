import type { ErrorPattern } from "./error-pattern.ts";
import { errorCodes } from "./error-codes.ts";
import { HISTORY_RUNS } from "./history.ts";
import { awsPatterns } from "./patterns/aws.ts";
import { databasePatterns } from "./patterns/database.ts";
import { dbtPatterns } from "./patterns/dbt.ts";
import { processPatterns } from "./patterns/process.ts";
import { interruptedPattern, unknownPattern } from "./patterns.ts";

const SECTIONS: readonly (readonly [title: string, patterns: readonly ErrorPattern[]])[] = [
  ["The database", databasePatterns],
  ["AWS", awsPatterns],
  ["Processes", processPatterns],
  ["dbt", dbtPatterns],
  ["Everything else", [interruptedPattern, unknownPattern]],
];

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

function codeList(values: readonly (string | number)[]): string {
  return values.map((value) => `\`${value}\``).join(", ");
}

function signsOf(pattern: ErrorPattern): string {
  const { sqlErrors = [], codes = [], httpStatuses = [], texts = [], signals = [], exitCodes = [] } = pattern;
  return [
    ...(sqlErrors.length > 0 ? [`database error ${codeList(sqlErrors)}`] : []),
    ...(codes.length > 0 ? [`${pattern.isOfAws === true ? "from the AWS SDK " : ""}${codeList(codes)}`] : []),
    ...(httpStatuses.length > 0 ? [`HTTP status ${codeList(httpStatuses)}`] : []),
    ...(texts.length > 0 ? [`text like ${codeList(texts.map((text) => text.source.replaceAll("\\b", "")))}`] : []),
    ...(signals.length > 0 ? [`signal ${codeList(signals)}`] : []),
    ...(exitCodes.length > 0 ? [`exit code ${codeList(exitCodes)}`] : []),
  ].join("; ");
}

function consequenceOf({ isRetriable, delaySeconds }: ErrorPattern): string {
  if (!isRetriable) return "dead letter at once";
  return delaySeconds === undefined
    ? "tried again after the layer's interval"
    : `tried again after ${delaySeconds[0]} to ${delaySeconds[1]} s`;
}

function renderSection(title: string, patterns: readonly ErrorPattern[]): string[] {
  return [
    `## ${title}`,
    "",
    row("pattern", "what has happened", "consequence", "next step"),
    row("---", "---", "---", "---"),
    ...patterns.map((pattern) => row(`\`${pattern.name}\``, pattern.meaning, consequenceOf(pattern), pattern.advice)),
    "",
    "How they are recognised:",
    "",
    ...patterns.flatMap((pattern) => (signsOf(pattern) === "" ? [] : [`- \`${pattern.name}\`: ${signsOf(pattern)}`])),
    "",
  ];
}

/** Renders docs/errors.md: every error pattern and every code, with what follows and what to do. */
export function renderErrors(): string {
  return [
    "# Errors",
    "",
    "<!-- Generated from shared/errors by `npm run docs`. Do not edit. -->",
    "",
    "An error is either known by its pattern (what the database, AWS, dbt or the system said) or has a code of Baton's own.",
    "Both decide what follows: the message comes back after a while, or it goes to the layer's dead-letter queue with the",
    "reason. What no pattern knows is tried again, and counted by the metric `UnknownErrors`. Every failed attempt stands in",
    "the ledger's table `failure` with its pattern; `./baton status` and `./baton dlq list` show it.",
    "",
    `History is heard, too: when the same model or table of a layer has failed in the same way (pattern, and the database's`,
    `error number where there is one) in ${HISTORY_RUNS} runs in a row, and no retry has helped in any of them, then the`,
    `${ordinal(HISTORY_RUNS)} goes to the dead-letter queue at its first attempt, with the history in its message.`,
    "",
    ...SECTIONS.flatMap(([title, patterns]) => renderSection(title, patterns)),
    "## Codes of Baton's own",
    "",
    row("code", "meaning", "tried again", "next step"),
    row("---", "---", "---", "---"),
    ...errorCodes.map(({ code, meaning, isRetriable, advice }) =>
      row(`\`${code}\``, meaning, isRetriable ? "yes" : "no", advice),
    ),
    "",
  ].join("\n");
}

function ordinal(number: number): string {
  return { 2: "second", 3: "third", 4: "fourth", 5: "fifth" }[number] ?? `${number}th`;
}
