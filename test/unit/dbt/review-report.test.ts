import { renderMarkdown, renderUnfinished } from "../../../shared/review/render-markdown.ts";
import { reviewOf, type ReviewOutcome, type ReviewedTable } from "../../../shared/review/review.ts";

const NONE = { added_percent: 0, removed_percent: 0, changed_percent: 0 };

function tableOf({
  rows = {},
  limits = {},
  schemaChanges = [],
  isNew = false,
}: {
  rows?: Partial<ReviewedTable["model"]["rows"]>;
  limits?: Partial<typeof NONE>;
  schemaChanges?: string[];
  isNew?: boolean;
}): ReviewedTable {
  return {
    model: {
      ...{ name: "moveouts", schema: "gold", kind: "model", columns: [], schemaChanges },
      rows: { live: 100_000, review: 100_000, added: 0, removed: 0, changed: 0, ...rows },
      tests: { passed: 3, failed: 0 },
      ...{ secondsBefore: null, secondsAfter: 0.4 },
    },
    details: {
      isNew,
      figures: [],
      examples: { added: [], removed: [], changed: [] },
      limits: { ...NONE, ...limits },
      notes: [],
    },
  };
}

function outcomeOf(tables: ReviewedTable[], more: Partial<ReviewOutcome> = {}): ReviewOutcome {
  return { base: "main", tables, failures: [], skipped: [], removed: [], notes: [], ...more };
}

describe("the verdict of a review", () => {
  it.each<[string, ReviewOutcome, string]>([
    ["no difference", outcomeOf([tableOf({})]), "passed"],
    ["no model", outcomeOf([]), "passed"],
    ["one cell of 100,000 rows, without limits", outcomeOf([tableOf({ rows: { changed: 1 } })]), "changed"],
    ["the same within the limit", outcomeOf([tableOf({ rows: { changed: 1 }, limits: { changed_percent: 0.001 } })]), "passed"],
    ["a removed row, with a limit for added ones", outcomeOf([tableOf({ rows: { removed: 1 }, limits: { added_percent: 9 } })]), "changed"],
    ["a new table", outcomeOf([tableOf({ rows: { live: 0, added: 5 }, isNew: true })]), "passed"],
    ["a table that was empty", outcomeOf([tableOf({ rows: { live: 0, added: 5 } })]), "changed"],
    ["a new column", outcomeOf([tableOf({ schemaChanges: ["x is new: int"] })]), "changed"],
    ["a removed model", outcomeOf([], { removed: ["moveouts"] }), "changed"],
    ["a failed test", outcomeOf([tableOf({ rows: { changed: 1 } })], { failures: ["unique_x: found 2"] }), "failed"],
  ])("of %s", (_, outcome, verdict) => {
    expect(reviewOf(outcome).verdict).toBe(verdict);
  }); // prettier-ignore
});

describe("the Markdown report of a review", () => {
  it("has room in a comment, however many models differ", () => {
    const tables = Array.from({ length: 400 }, () => tableOf({ schemaChanges: ["x".repeat(500)] }));

    const report = renderMarkdown(outcomeOf(tables));

    expect(report.length).toBeLessThan(65_536);
    expect(report).toMatch(/\nThe details of \d+ models are left out, because a comment has no room for them\.\n$/);
  });

  it("has the verdict in the first line and folds the details", () => {
    const reviewed = tableOf({ rows: { changed: 1 } });
    reviewed.details.notes.push("It keeps the rows of earlier days.");

    const lines = renderMarkdown(outcomeOf([reviewed])).split("\n");

    expect(lines[0]).toBe(
      "⚠️ **Changed: data or columns differ beyond the limits in moveouts; 1 model built, compared with main**",
    );
    expect(lines).toContain("| `gold.moveouts` | 100,000 | 0 | 0 | 1 | 3 passed | – | 0.4 s |");
    expect(lines).toContain("<details><summary>gold.moveouts – beyond the limits</summary>");
  });

  it("says which models are new, and which were skipped after a failure", () => {
    const created = tableOf({ rows: { live: 0, added: 5 }, isNew: true });

    const report = renderMarkdown(outcomeOf([created], { failures: ["second: found 2"], skipped: ["third", "fourth"] }));

    expect(report).toMatch(/^❌ \*\*Failed: 1 model or test failed; 1 model built \(1 new\), 2 skipped, compared with main/);
    expect(report).toContain("| `gold.moveouts` | new table | 5 | 0 | 0 |");
    expect(report).toContain("- Skipped, because a model or test before them failed: `third`, `fourth`");
  }); // prettier-ignore

  it("names the error of a review that did not finish", () => {
    const error = { kind: "input", code: "REVIEW_PROJECT_INVALID", message: "dbt cannot\nbuild <b>", retriable: false };

    expect(renderUnfinished({ ...error, advice: "Correct it." })).toBe(
      "❌ **The review did not finish: REVIEW_PROJECT_INVALID**\n\n- `dbt cannot build <b>`\n- Next: `Correct it.`\n",
    );
  });

  it("shows names and values of a branch as text: no markup, mention or line break of them takes effect", () => {
    const reviewed = tableOf({ rows: { added: 1 } });
    reviewed.model.name = "<img src=x>";
    reviewed.details.examples.added.push({ name: "`` @all | <b>\n# x\u202e" });

    const text = renderMarkdown(outcomeOf([reviewed], { base: "@team", failures: ["a`b\n<script>"] }));

    expect(text).toContain("| ``` `` @all \\| <b> # x\\u202e ``` |");
    expect(text).toContain("- Failed: `` a`b <script> ``");
    expect(text).toContain("compared with \\@team**");
    expect(text).toContain("<summary>gold.&lt;img src=x>");
    expect(text.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "")).not.toMatch(/<(?!\/?(?:details|summary)>)|[^\\]@/);
  });
});
