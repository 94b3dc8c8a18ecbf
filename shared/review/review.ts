/** A column of a reviewed table. */
interface ReviewedColumn {
  name: string;
  /** Rows of both tables whose values differ. */
  changed: number;
  nullsBefore: number;
  nullsAfter: number;
}

/** A model or seed that a review built, compared with its live table. */
export interface ReviewedModel {
  name: string;
  /** The live schema. */
  schema: string;
  kind: "model" | "seed";
  /** `live` is 0 for a new table. */
  rows: { live: number; review: number; added: number; removed: number; changed: number };
  columns: ReviewedColumn[];
  /** Differences of columns and key, as sentences. */
  schemaChanges: string[];
  /** Data tests; those of severity warn never fail. */
  tests: { passed: number; failed: number };
  /** Build time in the run of the live table; null if that run did not build it. */
  secondsBefore: number | null;
  secondsAfter: number;
}

/**
 * `failed`: a model could not be built, or a test of severity error failed. `changed`: data differs beyond the limits in
 * the YAML. `passed`: neither.
 */
export type ReviewVerdict = "passed" | "changed" | "failed";

/** What `baton review --json` prints. */
export interface Review {
  verdict: ReviewVerdict;
  /** The Git revision that the models are compared with. */
  base: string;
  /** Those that were built. */
  models: ReviewedModel[];
}

/** Values of a column that a person compares. */
export interface ColumnFigures {
  name: string;
  before: ColumnRange;
  after: ColumnRange;
}

/** Sum of numbers, and the least and greatest number or date; null where there is none. */
export interface ColumnRange {
  sum: string | null;
  min: string | null;
  max: string | null;
}

/** Up to five rows of each kind, without personal columns. A changed row has `before → after` in its changed columns. */
export interface Examples {
  added: Readonly<Record<string, string>>[];
  removed: Readonly<Record<string, string>>[];
  changed: Readonly<Record<string, string>>[];
}

/** What the Markdown report shows of a model besides the JSON. */
interface ModelDetails {
  /** There is no live table of this name. */
  isNew: boolean;
  figures: ColumnFigures[];
  examples: Examples;
  /** What a reviewer should know, as sentences. */
  notes: string[];
  /** Shares of the live rows, in percent, up to which a difference is expected. */
  limits: ReviewLimits;
}

/** `config.meta.review` in the YAML of a model, in percent of the live rows. */
export interface ReviewLimits {
  added_percent: number;
  removed_percent: number;
  changed_percent: number;
}

/** A reviewed model with its details. */
export interface ReviewedTable {
  model: ReviewedModel;
  details: ModelDetails;
}

/** A finished review. */
export interface ReviewOutcome {
  base: string;
  tables: ReviewedTable[];
  /** Failed nodes and tests, as `name: message`. */
  failures: string[];
  /** Models and seeds that dbt skipped, because one that they read failed. */
  skipped: string[];
  /** Models and seeds of the base that the change removes. */
  removed: string[];
  /** What a reviewer should know of the whole review. */
  notes: string[];
}

/** Whether a table differs beyond its limits. A new table has nothing to differ from. */
export function exceedsLimits({ model: { rows, schemaChanges }, details: { isNew, limits } }: ReviewedTable): boolean {
  if (schemaChanges.length > 0) return true;
  if (isNew) return false;
  const percent = (count: number): number => (100 * count) / Math.max(rows.live, 1);
  return (
    percent(rows.added) > limits.added_percent ||
    percent(rows.removed) > limits.removed_percent ||
    percent(rows.changed) > limits.changed_percent
  );
}

/** The result for programs. */
export function reviewOf({ base, tables, failures, removed }: ReviewOutcome): Review {
  const isChanged = removed.length > 0 || tables.some(exceedsLimits);
  const verdict = failures.length > 0 ? "failed" : isChanged ? "changed" : "passed";
  return { verdict, base, models: tables.map(({ model }) => model) };
}
