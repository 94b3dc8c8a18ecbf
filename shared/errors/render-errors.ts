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

/** Numbers in order; three and more in a row as `first` to `last`. */
function numberRanges(numbers: readonly number[]): string {
  const ranges: number[][] = [];
  for (const number of numbers.toSorted((one, other) => one - other)) {
    const range = ranges.at(-1);
    if (range?.at(-1) === number - 1) range.push(number);
    else ranges.push([number]);
  }
  return ranges
    .map((range) => (range.length > 2 ? `\`${range[0]}\` to \`${range.at(-1)}\`` : codeList(range)))
    .join(", ");
}

function signsOf(pattern: ErrorPattern): string {
  const { sqlErrors = [], codes = [], httpStatuses = [], texts = [], signals = [], exitCodes = [] } = pattern;
  return [
    ...(sqlErrors.length > 0 ? [`database error ${numberRanges(sqlErrors)}`] : []),
    ...(codes.length > 0 ? [`${pattern.isOfAws === true ? "from the AWS SDK " : ""}${codeList(codes)}`] : []),
    ...(httpStatuses.length > 0 ? [`HTTP status ${codeList(httpStatuses)}`] : []),
    ...(texts.length > 0 ? [`text like ${codeList(texts.map((text) => text.source.replaceAll("\\b", "")))}`] : []),
    ...(signals.length > 0 ? [`signal ${codeList(signals)}`] : []),
    ...(exitCodes.length > 0 ? [`exit code ${codeList(exitCodes)}`] : []),
  ].join("; ");
}

function consequenceOf({ isRetriable, delaySeconds }: ErrorPattern): string {
  if (!isRetriable) return "DLQ at once";
  return delaySeconds === undefined
    ? "retry after the layer's interval"
    : `retry after ${delaySeconds[0]} to ${delaySeconds[1]} s`;
}

function renderSection(title: string, patterns: readonly ErrorPattern[]): string[] {
  return [
    `## ${title}`,
    "",
    row("pattern", "what happened", "consequence", "next step"),
    row("---", "---", "---", "---"),
    ...patterns.map((pattern) => row(`\`${pattern.name}\``, pattern.meaning, consequenceOf(pattern), pattern.advice)),
    "",
    "How Baton recognises them:",
    "",
    ...patterns.flatMap((pattern) => (signsOf(pattern) === "" ? [] : [`- \`${pattern.name}\`: ${signsOf(pattern)}`])),
    "",
  ];
}

/** Renders docs/errors.md: every error pattern and code, with consequence and next step. */
export function renderErrors(): string {
  return [
    "# Errors",
    "",
    "<!-- Generated from shared/errors by `npm run docs`. Do not edit. -->",
    "",
    "An error either matches a pattern (what the database, AWS, dbt or the system reports) or has one of Baton's own codes.",
    "Both decide the consequence: Baton retries after a delay, or the message goes to the layer's dead-letter queue with the",
    "reason. Baton retries an error that matches no pattern, and counts it in the metric `UnknownErrors`. The ledger's table",
    "`failure` has every failed attempt with its pattern; `./baton status` and `./baton dlq list` show it.",
    "",
    "Earlier runs count, too: when the same model or table of a layer fails in the same way (pattern, and error number of the",
    `database if any) in ${HISTORY_RUNS} consecutive runs and no retry helped, the ${ordinal(HISTORY_RUNS)} run's message goes to the`,
    "dead-letter queue at its first attempt, with the history in its error.",
    "",
    ...SECTIONS.flatMap(([title, patterns]) => renderSection(title, patterns)),
    "## Baton's own codes",
    "",
    row("code", "meaning", "retry", "next step"),
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
