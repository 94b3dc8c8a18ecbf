import { assertNever } from "../errors/assert-never.ts";
import type { RecordedError } from "../errors/errors.ts";
import { formatCount, formatMany } from "../text/format.ts";
import { visibleText } from "../text/visible-text.ts";
import { exceedsLimits, reviewOf, type ReviewedTable, type Review, type ReviewOutcome } from "./review.ts";

/** A comment on GitHub has at most 65,536 characters. */
const MAX_BYTES = 60_000;

/** The verdict in one sentence. */
export function verdictLine({ verdict, base, models }: Review, outcome: ReviewOutcome): string {
  const created = outcome.tables.filter(({ details }) => details.isNew).length;
  const counts = [
    `${formatMany(models.length, "model")} built${created === 0 ? "" : ` (${created} new)`}`,
    ...(outcome.skipped.length === 0 ? [] : [`${outcome.skipped.length} skipped`]),
  ];
  const of = `${counts.join(", ")}, compared with ${base}`;
  switch (verdict) {
    case "failed":
      return `Failed: ${formatMany(outcome.failures.length, "model or test", "models or tests")} failed; ${of}`;
    case "changed": {
      const beyond = outcome.tables.filter(exceedsLimits).map(({ model }) => model.name);
      const names = [...beyond, ...outcome.removed.map((name) => `${name} (removed)`)].join(", ");
      return `Changed: data or columns differ beyond the limits in ${names}; ${of}`;
    }
    case "passed":
      return models.length === 0
        ? `Passed: the change modifies no model; compared with ${base}`
        : `Passed: ${of}; ${differences(outcome)}`;
    default:
      return assertNever(verdict);
  }
}

function differences({ tables }: ReviewOutcome): string {
  const count = tables
    .filter(({ details }) => !details.isNew)
    .reduce((sum, { model: { rows } }) => sum + rows.added + rows.removed + rows.changed, 0);
  return count === 0 ? "0 differences" : `${formatMany(count, "row")} differ within the limits`;
}

/** A report for a pull request: the verdict in the first line, details of each model folded. */
export function renderMarkdown(outcome: ReviewOutcome): string {
  const review = reviewOf(outcome);
  const sign = { passed: "✅", changed: "⚠️", failed: "❌" }[review.verdict];
  const head = ["model", "live rows", "added", "removed", "changed", "tests", "build before", "build after"];
  const rows = outcome.tables.map(({ model, details }) => {
    const { name, schema, rows: counts, tests, secondsBefore, secondsAfter } = model;
    return [
      code(`${schema}.${name}`),
      details.isNew ? "new table" : formatCount(counts.live),
      ...[counts.added, counts.removed, counts.changed].map(formatCount),
      tests.failed > 0 ? `**${tests.failed} failed**` : `${tests.passed} passed`,
      ...[secondsBefore, secondsAfter].map((seconds) => (seconds === null ? "–" : `${seconds.toFixed(1)} s`)),
    ];
  });
  const lists = [
    ...outcome.failures.map((failure) => `- Failed: ${code(failure)}`),
    ...(outcome.skipped.length === 0
      ? []
      : [`- Skipped, because a model or test before them failed: ${outcome.skipped.map(code).join(", ")}`]),
    ...outcome.removed.map((name) => `- Removed: ${code(name)}`),
    ...outcome.notes.map((note) => `- ${note}`),
  ];
  const sections = [
    `${sign} **${cell(verdictLine(review, outcome))}**`,
    ...(rows.length > 0 ? [markdownTable(head, rows)] : []),
    ...(lists.length > 0 ? [lists.join("\n")] : []),
  ];
  const details = outcome.tables.flatMap((reviewed) => detailsOf(reviewed));
  return `${fitting(sections, details).join("\n\n")}\n`;
}

/** The report of a review that ended with an error. */
export function renderUnfinished({ code: name, message, advice = "" }: RecordedError): string {
  return `❌ **The review did not finish: ${name}**\n\n- ${code(message)}\n- Next: ${code(advice)}\n`;
}

/** Leaves out the details that a comment has no room for. */
function fitting(sections: readonly string[], details: readonly string[]): string[] {
  const fitted = [...sections];
  let bytes = Buffer.byteLength(sections.join("\n\n"));
  for (const [index, detail] of details.entries()) {
    bytes += Buffer.byteLength(detail) + 2;
    if (bytes > MAX_BYTES) {
      const left = formatMany(details.length - index, "model");
      return [...fitted, `The details of ${left} are left out, because a comment has no room for them.`];
    }
    fitted.push(detail);
  }
  return fitted;
}

function detailsOf(reviewed: ReviewedTable): string[] {
  const { model, details } = reviewed;
  const { live, review } = model.rows;
  const columns = model.columns.filter(
    // also other shares of NULL, which removed rows alone do not cause
    ({ changed, nullsBefore, nullsAfter }) => changed > 0 || percent(nullsBefore, live) !== percent(nullsAfter, review),
  );
  const figures = details.figures.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
  const share = (count: number, all: number): string => `${formatCount(count)} (${percent(count, all)} %)`;
  const parts = [
    ...details.notes.map((note) => `- ${note}`),
    ...model.schemaChanges.map((change) => `- ${code(change)}`),
    ...section("Columns", [
      ["column", "changed values", "NULL before", "NULL after"],
      ...columns.map(({ name, changed, nullsBefore, nullsAfter }) => [
        code(name),
        share(changed, live),
        share(nullsBefore, live),
        share(nullsAfter, review),
      ]),
    ]),
    ...section("Figures", [
      ["column", "sum before", "sum after", "least before", "least after", "greatest before", "greatest after"],
      ...figures.map(({ name, before, after }) => [
        code(name),
        ...[before.sum, after.sum, before.min, after.min, before.max, after.max].map((value) =>
          value === null ? "–" : code(value),
        ),
      ]),
    ]),
    ...(["added", "removed", "changed"] as const).flatMap((kind) => {
      const [first] = details.examples[kind];
      if (first === undefined) return [];
      const names = [...new Set(details.examples[kind].flatMap((row) => Object.keys(row)))];
      const title = `Examples of ${kind} rows, without personal columns`;
      const cells = details.examples[kind].map((row) =>
        names.map((name) => (name in row ? code(row[name] ?? "") : "")),
      );
      return section(title, [names.map(code), ...cells]);
    }),
  ];
  if (parts.length === 0) return [];
  const title = `${model.schema}.${model.name}${exceedsLimits(reviewed) ? " – beyond the limits" : ""}`;
  return [`<details><summary>${html(title)}</summary>\n\n${parts.join("\n\n")}\n\n</details>`];
}

function percent(count: number, all: number): string {
  return all === 0 ? "0" : ((100 * count) / all).toFixed(2);
}

function section(title: string, [head = [], ...rows]: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [`**${title}**`, markdownTable(head, rows)];
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text from the data or the branch: no Markdown, HTML, mention or line break of it takes effect. */
function code(text: string): string {
  const plain = visibleText(text).replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 || plain.trim() === "" ? " " : "";
  return `${fence}${space}${plain}${space}${fence}`;
}

function html(text: string): string {
  return visibleText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function cell(text: string): string {
  return html(text)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/([*_`|[\]@#])/g, "\\$1");
}
