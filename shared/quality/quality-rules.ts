import { z } from "zod";

const percent = z.number().min(0).max(100);

/**
 * Limits of the checks on source tables, as `meta.quality` of the source in `dbt/models/sources/staging.yml` states them;
 * docs/quality.md explains each.
 */
export const limitsSchema = z.strictObject({
  /** Days before the business date that are looked at. */
  history_days: z.int().min(14).max(400),
  /** Published days before which only `young_percent` and `young_points` hold. */
  minimum_days: z.int().min(2),
  /** Robust z-score above which a change is unusual. */
  z: z.number().positive(),
  row_count: z.strictObject({
    /** Least change that can be unusual, of the rows. */
    floor_percent: percent,
    floor_rows_lost: z.int().min(1),
    /** Where this share of a table is less than `floor_rows_lost`, it stands in its place: small tables lose few rows. */
    small_percent: percent,
    floor_rows_gained: z.int().min(1),
    /** Instead of `floor_percent` while there is little history. */
    young_percent: percent,
    /** From here an error, in tables that models read. */
    error_percent: percent,
  }),
  null_rate: z.strictObject({
    /** Least change that can be unusual, in points of the share of rows. */
    floor_points: percent,
    floor_rows: z.int().min(1),
    young_points: percent,
    /** A column that always had values in so many rows must not lose the last one, however small the table is. */
    emptied_rows: z.int().min(1),
    /** From here an error, in columns that models read. */
    error_points: percent,
  }),
  codes: z.strictObject({
    /** Share of the rows with codes never seen before from which they are an error. */
    error_percent: percent,
    /** A code that stood in at least so many rows, and this share of them, must not vanish. */
    vanished_rows: z.int().min(1),
    vanished_percent: percent,
  }),
  unchanged: z.strictObject({
    /** A table that changed on this share of the days is one that changes daily. */
    daily_percent: percent,
    /** Dumps in a row without a change that such a table may have. */
    dumps: z.int().min(1),
  }),
  /** Tables that may be empty or full from one day to the next. */
  may_be_empty: z.array(z.string()).default([]),
});
export type QualityLimits = z.infer<typeof limitsSchema>;

/** How old the newest change of a table may be at the start of the business date. */
export interface FreshnessRule {
  /** Name of the test, the same as that of dbt's test with these limits. */
  test: string;
  table: string;
  column: string;
  warnAboveHours: number;
  errorAboveHours: number;
}

/** A column whose values are codes. */
export interface CodeColumn {
  table: string;
  column: string;
  /** Codes that are known from a list; undefined where none was published. */
  known: readonly string[] | undefined;
  /** Name of the list: a seed; undefined where none was published. */
  list: string | undefined;
}

/** All that is checked of the source's tables, read from the dbt project. */
export interface QualityRules {
  limits: QualityLimits;
  /** Columns that models read, by table: what happens to them can be an error, elsewhere it only warns. */
  read: ReadonlyMap<string, ReadonlySet<string>>;
  freshness: readonly FreshnessRule[];
  codes: readonly CodeColumn[];
}
