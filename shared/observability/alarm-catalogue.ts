import type { MetricName, MetricScope } from "./metric-catalogue.ts";

/** The subjects of a kind of alarm: one alarm each, or one for the whole environment (`stage`). */
type AlarmScope = Exclude<MetricScope, "pulse" | "sweep"> | "stage";

/** One kind of alarm: its CloudWatch rule and its texts. */
export interface AlarmKind {
  scope: AlarmScope;
  /**
   * A metric of Baton that each subject has, or one that AWS itself has of every function. An alarm of scope `stage` needs
   * a metric of the scope `pulse` or `sweep`.
   */
  metric: MetricName | "AWS/Lambda Errors";
  /** In ALARM at this value or above; `alarmAfterMinutes` is that of the layer's row in the layer table. */
  threshold: number | "alarmAfterMinutes";
  periodSeconds: number;
  /** Number of consecutive periods; `untilDeadline` is the time from a morning's dump to the deadline of its run. */
  periods: number | "untilDeadline";
  /** What missing data means: ALARM, OK, or the previous state. */
  missing: "breaching" | "notBreaching" | "ignore";
  severity: "error" | "warning";
  /** Alarms of one group and subject are one incident: the first one is sent, then only a more severe one. */
  group: string;
  /** True when an event of the layer's failure reports the same in more detail. */
  isReportedByEvent: boolean;
  /** The problem, as the predicate of a sentence about a layer, queue or function. */
  alarmText: string;
  /** The recovery, as the predicate of the same sentence. */
  recoveredText: string;
  /** What is safe meanwhile. */
  safe: string;
  /** The command to run next; `{subject}` is the layer, queue or function. */
  next: string;
}

const MINUTE = 60;

/** Alarms on the gauges of the pulse function: without a new value, the state stays. */
const gauge = {
  isReportedByEvent: true,
  severity: "error",
  missing: "ignore",
  periodSeconds: MINUTE,
  periods: 1,
} as const;
const own = { isReportedByEvent: false } as const;

/**
 * Every kind of alarm, by the end of its name: `baton-<stage>-<subject>-<kind>`. The alarms of `serverless.yml` are
 * generated from this list, alerts take their texts from it, and the runbook has a section for each.
 *
 * Most alarms watch a gauge of the current state, so an alarm stays on as long as the problem lasts and ends when it is
 * solved; an alarm on a counter would end by itself.
 */
export const alarmCatalogue = {
  failed: {
    ...gauge,
    scope: "every layer",
    metric: "LayerFailing",
    threshold: 1,
    group: "failed",
    alarmText: "failed, and no newer run has succeeded",
    recoveredText: "has recovered: a replay or a newer run succeeded",
    safe: "The previous live tables stay live.",
    next: "./baton status",
  },
  quality: {
    ...gauge,
    scope: "every layer",
    metric: "QualityTestsFailing",
    threshold: 1,
    group: "quality",
    alarmText: "has failing data tests of error severity",
    recoveredText: "no longer has failing data tests",
    safe: "The tables with failing tests were not published; the previous live tables stay live.",
    next: "./baton status",
  },
  "dlq-not-empty": {
    ...gauge,
    scope: "every dead-letter queue",
    metric: "DlqDepth",
    threshold: 1,
    group: "dlq",
    alarmText: "has messages in its DLQ",
    recoveredText: "has an empty DLQ again",
    safe: "SQS keeps the messages for 14 days.",
    next: "./baton dlq list {subject}",
  },
  slow: {
    ...own,
    scope: "every layer",
    metric: "LayerElapsedMinutes",
    threshold: 10,
    periodSeconds: MINUTE,
    periods: 1,
    missing: "ignore",
    severity: "warning",
    group: "slow",
    alarmText: "has been running for more than 10 minutes",
    recoveredText: "has ended (a failure sends its own alert)",
    safe: "It may still succeed; the previous live tables stay live until then.",
    next: "./baton status",
  },
  overdue: {
    ...own,
    scope: "every layer",
    metric: "LayerElapsedMinutes",
    threshold: "alarmAfterMinutes",
    periodSeconds: MINUTE,
    periods: 1,
    missing: "ignore",
    severity: "error",
    group: "slow",
    alarmText: "has been running for longer than its limit",
    recoveredText: "has ended (a failure sends its own alert)",
    safe: "The previous live tables stay live.",
    next: "./baton status",
  },
  stale: {
    ...own,
    scope: "last layer",
    metric: "DataFreshnessHours",
    threshold: 24,
    // from the dump of the day until its run is complete, the newest data is older than a day on every good morning
    periodSeconds: 15 * MINUTE,
    periods: "untilDeadline",
    missing: "breaching",
    severity: "error",
    group: "stale",
    alarmText: "shows data from a dump that is more than 24 hours old",
    recoveredText: "shows data from the last 24 hours again",
    safe: "The dashboards show consistent but old data.",
    next: "./baton status",
  },
  "run-missing": {
    ...own,
    scope: "stage",
    metric: "RunMissing",
    threshold: 1,
    // pulse runs every five minutes at night: one late call is no alarm
    periodSeconds: 10 * MINUTE,
    periods: 1,
    missing: "breaching",
    severity: "error",
    group: "run-missing",
    alarmText: "has no completed run of today, or the check does not work",
    recoveredText: "has a completed run of the day",
    safe: "The dashboards still show the last completed day. This alarm is also on when the check itself does not run.",
    next: "./baton status",
  },
  "runs-stalled": {
    ...own,
    scope: "stage",
    metric: "RunsStalled",
    threshold: 1,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "notBreaching",
    severity: "warning",
    group: "runs-stalled",
    alarmText: "has an unfinished run without activity",
    recoveredText: "has no unfinished run without activity",
    safe: "The sweep starts the run again, and ends it as failed if that does not help. Live tables are not affected.",
    next: "./baton runs",
  },
  "outbox-stuck": {
    ...own,
    scope: "stage",
    metric: "OutboxStuck",
    threshold: 1,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "ignore",
    severity: "error",
    group: "outbox-stuck",
    alarmText: "has events that the bus has not accepted for ten minutes",
    recoveredText: "has no unpublished events",
    safe: "The ledger keeps the events, and the sweep sends them when the bus accepts them.",
    next: "./baton doctor",
  },
  backups: {
    ...own,
    scope: "every layer",
    metric: "BackupsPerTable",
    threshold: 2,
    periodSeconds: 5 * MINUTE,
    // between a publication and its clean-up there can be two for a moment
    periods: 2,
    missing: "ignore",
    severity: "warning",
    group: "backups",
    alarmText: "has more than one backup of a table from one day",
    recoveredText: "has one backup per table and day again",
    safe: "Live tables are not affected; the database's storage grows.",
    next: "./baton backups list --layer {subject}",
  },
  "time-limit": {
    ...own,
    scope: "every layer",
    metric: "TimeUsedPercent",
    threshold: 90,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "notBreaching",
    severity: "warning",
    group: "time-limit",
    alarmText: "nearly reached the timeout of its function",
    recoveredText: "is well within its timeout again",
    safe: "The call ended in time; a later one may time out, and is then retried.",
    next: "./baton status",
  },
  "memory-limit": {
    ...own,
    scope: "every layer",
    metric: "MemoryUsedPercent",
    threshold: 90,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "notBreaching",
    severity: "warning",
    group: "memory-limit",
    alarmText: "nearly reached the memory limit of its function",
    recoveredText: "is well within its memory limit again",
    safe: "The call succeeded; a later one may run out of memory, and is then retried.",
    next: "./baton status",
  },
  errors: {
    ...own,
    scope: "every function",
    metric: "AWS/Lambda Errors",
    threshold: 1,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "notBreaching",
    severity: "error",
    group: "errors",
    alarmText: "failed: unhandled error, timeout or out of memory",
    recoveredText: "has not failed again since",
    safe: "Its message is retried, or goes to the DLQ.",
    next: "./baton doctor",
  },
} as const satisfies Record<string, AlarmKind>;

/** The end of an alarm's name. */
export type AlarmKindName = keyof typeof alarmCatalogue;

/** The parts of an alarm's name. */
export interface NamedAlarm {
  kind: AlarmKindName;
  /** Layer, queue or function; empty for alarms of the whole environment. */
  subject: string;
}

/** Name of an alarm. */
export function alarmName(stage: string, { kind, subject }: NamedAlarm): string {
  return ["baton", stage, ...(subject === "" ? [] : [subject]), kind].join("-");
}

/** Parses an alarm's name; undefined for any other alarm, and for the one that combines all of them. */
export function parseAlarmName(stage: string, name: string): NamedAlarm | undefined {
  const prefix = `baton-${stage}-`;
  if (!name.startsWith(prefix)) return undefined;
  const rest = name.slice(prefix.length);
  const kinds = Object.keys(alarmCatalogue) as AlarmKindName[]; // Object.keys forgets the key type
  // the longest end counts
  const kind = kinds
    .filter((candidate) => rest === candidate || rest.endsWith(`-${candidate}`))
    .sort((a, b) => b.length - a.length)[0];
  return kind === undefined ? undefined : { kind, subject: rest.slice(0, -kind.length).replace(/-$/, "") };
}
