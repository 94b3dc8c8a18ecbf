import type { Price } from "./prices.ts";

/** States of a run, a layer or an attempt. */
export type ReportedState =
  "pending" | "waiting" | "running" | "retrying" | "completed" | "failed" | "interrupted" | "superseded" | "cancelled";

/** Whether people can trust today's data: the top of the page. Times are ISO 8601 in UTC. */
export interface Today {
  state: "good" | "not-good" | "running";
  /** Business date of the newest run, or of the run that is missing; null before the first run. */
  businessDate: string | null;
  /** Start of the current state. */
  since: string | null;
  headline: string;
  /** What happened, without values of rows. */
  happened: string[];
  /** What is not affected. */
  safe: string[];
  /** What a person should do. */
  toDo: string[];
  /** The command to run next; null when there is nothing to do. */
  nextCommand: string | null;
  /** Latest time at which this page becomes outdated: the next day's data is due then. Null when no run is due. */
  validUntil: string | null;
}

/** An error, without values of rows. */
export interface ReportedError {
  code: string;
  message: string;
  advice: string | null;
}

/** One attempt of a layer. */
export interface ReportedAttempt {
  layer: string;
  attempt: number;
  state: ReportedState;
  startedAt: string;
  /** Null while it runs. */
  finishedAt: string | null;
  pattern: string | null;
  error: ReportedError | null;
}

/** A layer of the reported run. */
export interface ReportedLayer {
  name: string;
  state: ReportedState;
  attempts: number;
  durationMs: number | null;
  rows: number | null;
  /** When the next attempt is due; null unless the layer waits for one. */
  nextAttemptAt: string | null;
  error: ReportedError | null;
}

/** The run that the page describes. */
export interface ReportedRun {
  id: string;
  businessDate: string;
  state: ReportedState;
  requestedBy: string;
  startedAt: string;
  finishedAt: string | null;
  durationMs: number;
  dump: { key: string; bytes: number; takenAt: string } | null;
  layers: ReportedLayer[];
  attempts: ReportedAttempt[];
}

/** A run in the history, newest first. */
export interface HistoricRun {
  id: string;
  businessDate: string;
  state: ReportedState;
  /** Layers that lack this business date although a later one is published; empty when the date is no gap. */
  missingIn: string[];
  startedAt: string;
  durationMs: number;
  layers: { name: string; durationMs: number; attempts: number }[];
  rows: number | null;
  /** Hours from the dump until the last layer became live; null when it never did. */
  freshnessHours: number | null;
}

/** A run that waits while another business date is active. */
export interface WaitingRun {
  id: string;
  businessDate: string;
  requestedBy: string;
  requestedAt: string;
}

/** A backfill with dates that have not ended. */
export interface Backfill {
  from: string;
  to: string;
  dates: number;
  /** Number of dates whose run has ended. */
  ended: number;
}

/** Row counts of a table in the reported run and in the previous run. */
export interface TableRows {
  layer: string;
  table: string;
  /** Null when only the previous run had the table. */
  rows: number | null;
  before: number | null;
  /** Row counts of the last runs, oldest first; null where a run did not have the table. */
  trend: (number | null)[];
}

/** Run time of a model in the reported run and in the 30 days before. */
export interface ModelTime {
  layer: string;
  model: string;
  durationMs: number;
  /** Median of the completed runs; null when there is none. */
  usualMs: number | null;
  /** Run times of the last runs, oldest first; null for runs that did not build the model. */
  trend: (number | null)[];
}

/** The live tables of a layer. */
export interface LiveLayer {
  layer: string;
  runId: string;
  businessDate: string;
  publishedAt: string;
}

/** A data test of the reported run, or one that did not pass in the last runs. */
export interface ReportedTest {
  layer: string;
  test: string;
  model: string;
  severity: string;
  status: string;
  failures: number | null;
  /** What the test found, without values of rows; null when it found only a count. */
  message: string | null;
  /** Results in the last runs, oldest first; null where a run did not include the test. */
  trend: (string | null)[];
}

/** Results of a run's data tests. */
export interface QualityOfRun {
  runId: string;
  passed: number;
  warned: number;
  failed: number;
}

/** Failures of one kind. */
export interface FailurePattern {
  pattern: string;
  code: string;
  layer: string;
  attempts: number;
  runs: number;
  gaveUp: number;
  lastAt: string;
  /** Null when the message contained no run ID. */
  lastRunId: string | null;
  lastMessage: string;
}

/** A layer that gave up and was not replayed: its message is in the dead-letter queue. */
export interface GivenUp {
  layer: string;
  runId: string;
  code: string;
  since: string;
  attempts: number;
  /** The run whose newer live tables make a replay useless; null when a replay can work. */
  supersededBy: string | null;
}

/** The backups of one publication that still exist. */
export interface BackupSet {
  layer: string;
  /** The run whose publication replaced these tables. */
  runId: string;
  /** Business date of the backed-up data; null when its tables came from several runs, or from an unknown one. */
  businessDate: string | null;
  takenAt: string;
  tables: number;
}

/** One line of a bill, in US dollars. */
export interface CostLine {
  what: string;
  quantity: string;
  usd: number;
}

/** The cost of the reported run, and of the same work on Glue and Step Functions. */
export interface RunCost {
  baton: CostLine[];
  predecessor: CostLine[];
  prices: { region: string; list: Price[] };
  /** What the comparison assumes. */
  assumptions: string[];
}

/** Everything that the console page shows: read from the ledger alone, without any row of data. */
export interface Report {
  stage: string;
  generatedAt: string;
  today: Today;
  /** Null when there has been no run yet. */
  run: ReportedRun | null;
  /** The completed run that row counts are compared with. */
  previousRunId: string | null;
  history: HistoricRun[];
  /** In the order in which they will start. */
  waiting: WaitingRun[];
  backfills: Backfill[];
  /** Ids of the runs of all trends, oldest first. */
  trendRuns: string[];
  tables: TableRows[];
  modelTimes: ModelTime[];
  live: LiveLayer[];
  quality: QualityOfRun[];
  tests: ReportedTest[];
  failures: FailurePattern[];
  givenUp: GivenUp[];
  backups: BackupSet[];
  cost: RunCost | null;
}
