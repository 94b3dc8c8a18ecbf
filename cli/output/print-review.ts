import { exceedsLimits, reviewOf, type ReviewOutcome } from "../../shared/review/review.ts";
import { verdictLine } from "../../shared/review/render-markdown.ts";
import { formatCount } from "../../shared/text/format.ts";
import { table } from "./table.ts";

const HEAD = ["model", "live", "review", "added", "removed", "changed", "tests", "build before", "build after", ""];

/** A review for the terminal; the Markdown report has examples and figures. */
export function renderReview(outcome: ReviewOutcome): string {
  const rows = outcome.tables.map((reviewed) => {
    const { schema, name, rows: counts, tests, secondsBefore, secondsAfter, columns } = reviewed.model;
    const changed = columns.filter((column) => column.changed > 0).map((column) => `${column.name} ${column.changed}`);
    return [
      `${schema}.${name}`,
      reviewed.details.isNew ? "new" : formatCount(counts.live),
      ...[counts.review, counts.added, counts.removed, counts.changed].map(formatCount),
      tests.failed > 0 ? `${tests.failed} failed` : `${tests.passed} passed`,
      ...[secondsBefore, secondsAfter].map((seconds) => (seconds === null ? "" : `${seconds.toFixed(1)} s`)),
      [...(exceedsLimits(reviewed) ? ["beyond limits"] : []), ...changed, ...reviewed.model.schemaChanges].join(", "),
    ];
  });
  const lists = [
    ...outcome.failures.map((failure) => `failed  ${failure}`),
    ...(outcome.skipped.length === 0
      ? []
      : [`skipped, because a model or test before them failed: ${outcome.skipped.join(", ")}`]),
    ...outcome.removed.map((name) => `removed ${name}`),
    ...outcome.notes.map((note) => `note    ${note}`),
    ...outcome.tables.flatMap(({ model, details }) => details.notes.map((note) => `note    ${model.name}: ${note}`)),
  ];
  return [
    verdictLine(reviewOf(outcome), outcome),
    ...(rows.length > 0 ? ["", table(HEAD, rows, { alignRight: [1, 2, 3, 4, 5, 7, 8] })] : []),
    ...(lists.length > 0 ? ["", ...lists] : []),
  ].join("\n");
}
