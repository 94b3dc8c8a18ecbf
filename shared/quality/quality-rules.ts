import { z } from "zod";

const percent = z.number().min(0).max(100);

/**
 * Limits of the checks on source tables, from `meta.quality` of the source in `dbt/models/sources/staging.yml`;
 * docs/quality.md explains each. The defaults are those of this project.
 */
export const limitsSchema = z.strictObject({
  /** Length of the history, in days before the business date. */
  history_days: z.int().min(14).max(400).default(56),
  /** With fewer published days, only `young_percent` and `young_points` apply. */
  minimum_days: z.int().min(2).default(7),
  /** Robust z-score above which a change is unusual. */
  z: z.number().positive().default(6),
  row_count: z
    .strictObject({
      /** Smallest change that can be unusual, as a share of the rows. */
      floor_percent: percent.default(2),
      floor_rows_lost: z.int().min(1).default(3),
      /** Replaces `floor_rows_lost` when this share of a table is less: small tables lose few rows. */
      small_percent: percent.default(20),
      floor_rows_gained: z.int().min(1).default(10),
      /** Replaces `floor_percent` while there is little history. */
      young_percent: percent.default(10),
      /** Changes from this size are errors, in tables that models read. */
      error_percent: percent.default(20),
    })
    .prefault({}),
  null_rate: z
    .strictObject({
      /** Smallest change that can be unusual, in percentage points of the null rate. */
      floor_points: percent.default(5),
      floor_rows: z.int().min(1).default(5),
      young_points: percent.default(20),
      /** A column that always had values in this many rows must not lose them all, however small the table is. */
      emptied_rows: z.int().min(1).default(3),
      /** Changes from this size are errors, in columns that models read. */
      error_points: percent.default(20),
    })
    .prefault({}),
  codes: z
    .strictObject({
      /** Unknown codes in at least this share of the rows are an error. */
      error_percent: percent.default(1),
      /** A code in at least this many rows, and in the share below, must not disappear. */
      vanished_rows: z.int().min(1).default(20),
      vanished_percent: percent.default(0.5),
    })
    .prefault({}),
  unchanged: z
    .strictObject({
      /** A table that changed on this share of the days is expected to change daily. */
      daily_percent: percent.default(90),
      /** Maximum number of consecutive dumps without a change for such a table. */
      dumps: z.int().min(1).default(3),
    })
    .prefault({}),
  /** Tables that may become empty or filled from one day to the next. */
  may_be_empty: z.array(z.string()).default([]),
});
export type QualityLimits = z.infer<typeof limitsSchema>;

/** Maximum age of a table's newest change at the start of the business date. */
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
  /** Codes of the published list; undefined when there is none. */
  known: readonly string[] | undefined;
  /** Name of the list, a seed; undefined when none was published. */
  list: string | undefined;
}

/** All checks of the source's tables, read from the dbt project. */
export interface QualityRules {
  limits: QualityLimits;
  /** Columns that models read, by table: findings there can be errors, findings elsewhere are only warnings. */
  read: ReadonlyMap<string, ReadonlySet<string>>;
  freshness: readonly FreshnessRule[];
  codes: readonly CodeColumn[];
}
