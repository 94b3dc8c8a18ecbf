import type { MetricName } from "./metric-catalogue.ts";

/** What an alarm looks at. */
type AlarmScope = "every layer" | "last layer" | "every dead-letter queue" | "every function" | "stage";

/** One kind of alarm: its rule for CloudWatch and its words for people. */
interface AlarmKind {
  scope: AlarmScope;
  /** A metric of Baton, or one that AWS itself has of every function. */
  metric: MetricName | "AWS/Lambda Errors";
  /** In ALARM at this value or above. */
  threshold: number;
  periodSeconds: number;
  /** So many periods in a row. */
  periods: number;
  /** What no data means: trouble, nothing, or that things stand as they stood. */
  missing: "breaching" | "notBreaching" | "ignore";
  severity: "error" | "warning";
  /** Alarms of one group and subject are one incident: the first is told, then only a worse one. */
  group: string;
  /** True where an event of the layer's failure says the same, with more words. */
  isToldByEvent: boolean;
  /** What is wrong, as the rest of a sentence whose subject is a layer, queue or function. */
  says: string;
  /** What is right again when the alarm is off, as the rest of the same sentence. */
  saysWhenOver: string;
  /** Why it matters and what stays safe. */
  safe: string;
  /** The command to run next; `{subject}` is the layer, queue or function. */
  next: string;
}

const MINUTE = 60;

/** A stuck check is as bad as what it looks for; these say so by themselves. */
const tied = { isToldByEvent: true, severity: "error", missing: "ignore", periodSeconds: MINUTE, periods: 1 } as const;
const own = { isToldByEvent: false } as const;

/**
 * Every kind of alarm, by the end of its name: `baton-<stage>-<subject>-<kind>`. The alarms of `serverless.yml` are made
 * from this list, alerts take their words from it, and the runbook has a section for each.
 *
 * The gauges that most of them look at are emitted every minute, so an alarm stays on for as long as the trouble lasts
 * and goes off when it is repaired; a counter would go off by itself.
 */
export const alarmCatalogue = {
  failed: {
    ...tied,
    scope: "every layer",
    metric: "LayerFailing",
    threshold: 1,
    group: "failed",
    says: "was given up, and no newer run has repaired it",
    saysWhenOver: "is repaired: a replay or a newer run is live",
    safe: "What was live before stays live.",
    next: "./baton status",
  },
  quality: {
    ...tied,
    scope: "every layer",
    metric: "QualityTestsFailing",
    threshold: 1,
    group: "quality",
    says: "has data tests of error severity that fail",
    saysWhenOver: "has no failing data tests any more",
    safe: "The set with the failing tests was not published; what was live before stays live.",
    next: "./baton status",
  },
  "dlq-not-empty": {
    ...tied,
    scope: "every dead-letter queue",
    metric: "DlqDepth",
    threshold: 1,
    group: "dlq",
    says: "has messages in its dead-letter queue",
    saysWhenOver: "has an empty dead-letter queue again",
    safe: "Messages wait there for 14 days; nothing is lost before.",
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
    says: "has been at work for more than 10 minutes",
    saysWhenOver: "has come to an end (a failure is told by itself)",
    safe: "It may still end well; what was live before stays live until then.",
    next: "./baton status",
  },
  overdue: {
    ...own,
    scope: "every layer",
    metric: "LayerElapsedMinutes",
    // replaced by the layer table's alarmAfterMinutes
    threshold: 15,
    periodSeconds: MINUTE,
    periods: 1,
    missing: "ignore",
    severity: "error",
    group: "slow",
    says: "has been at work for longer than its limit",
    saysWhenOver: "has come to an end (a failure is told by itself)",
    safe: "What was live before stays live.",
    next: "./baton status",
  },
  stale: {
    ...own,
    scope: "last layer",
    metric: "DataFreshnessHours",
    threshold: 24,
    // from the dump at 05:30 until the deadline at 08:00 the newest data is older than a day on every good morning
    periodSeconds: 15 * MINUTE,
    periods: 10,
    missing: "breaching",
    severity: "error",
    group: "stale",
    says: "shows data of a dump that is more than 24 hours old",
    saysWhenOver: "shows data of the last 24 hours again",
    safe: "What dashboards show is consistent, but old.",
    next: "./baton status",
  },
  "run-missing": {
    ...own,
    scope: "stage",
    metric: "RunMissing",
    threshold: 1,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "breaching",
    severity: "error",
    group: "run-missing",
    says: "has no complete run of today, or nobody can tell",
    saysWhenOver: "has a complete run of the day",
    safe: "Dashboards still show the last complete day. The alarm is on as well when the check itself does not run.",
    next: "./baton status",
  },
  backups: {
    ...own,
    scope: "every layer",
    metric: "BackupsPerTable",
    threshold: 2,
    periodSeconds: MINUTE,
    // between a publication and its clean-up there may be two for a moment
    periods: 5,
    missing: "ignore",
    severity: "warning",
    group: "backups",
    says: "keeps more than one backup of a table of one day",
    saysWhenOver: "keeps one backup of a table and day again",
    safe: "Live tables are not touched; the database's storage grows.",
    next: "./baton backups list --layer {subject}",
  },
  "time-limit": {
    ...own,
    scope: "every function",
    metric: "TimeUsedPercent",
    threshold: 90,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "notBreaching",
    severity: "warning",
    group: "time-limit",
    says: "came near the timeout of its function",
    saysWhenOver: "has time to spare again",
    safe: "The call ended in time; the next one may be cut off, and would be retried.",
    next: "./baton status",
  },
  "memory-limit": {
    ...own,
    scope: "every function",
    metric: "MemoryUsedPercent",
    threshold: 90,
    periodSeconds: 5 * MINUTE,
    periods: 1,
    missing: "notBreaching",
    severity: "warning",
    group: "memory-limit",
    says: "came near the memory limit of its function",
    saysWhenOver: "has memory to spare again",
    safe: "The call ended well; the next one may be killed, and would be retried.",
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
    says: "broke: an error that it did not handle, its time or its memory ran out",
    saysWhenOver: "has not broken again since",
    safe: "Its message comes back and is tried again, or goes to the dead-letter queue.",
    next: "./baton doctor",
  },
} as const satisfies Record<string, AlarmKind>;

/** The end of an alarm's name. */
export type AlarmKindName = keyof typeof alarmCatalogue;

/** What an alarm's name says of it. */
export interface NamedAlarm {
  kind: AlarmKindName;
  /** Layer, queue or function; empty for alarms of the whole stage. */
  subject: string;
}

/** Name of an alarm. */
export function alarmName(stage: string, { kind, subject }: NamedAlarm): string {
  return ["baton", stage, ...(subject === "" ? [] : [subject]), kind].join("-");
}

/** Reads an alarm's name; undefined for one that is none of ours, or watches all of them. */
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
