import { tokyoDay, tokyoWallTime } from "../../time/tokyo-day.ts";
import { formatHours } from "../../text/format.ts";
import { commandFor, withCommandsFor } from "../../text/command-for.ts";
import { dayWithWeekday } from "../../time/day-with-weekday.ts";
import { FRESHNESS_LIMIT_HOURS } from "./targets.ts";
import type { LiveLayer, ReportedLayer, ReportedRun, Today } from "./report.ts";

/** The day's data is due at 08:00 in Tokyo, which is 23:00 UTC of the day before (handbook, design.md section 10). */
const DUE_UTC_HOUR = 23;
const DAY_MS = 86_400_000;

/** What the state of a day is judged by. */
export interface TodayFacts {
  stage: string;
  now: Date;
  /** False where nothing starts runs by itself: then no run is missed. */
  expectsDailyRun: boolean;
  newest: ReportedRun | null;
  /** What is live of the last layer: what people read. */
  live: LiveLayer | undefined;
  /** Hours from its dump to its going live; null where that is not known. */
  liveFreshnessHours: number | null;
  warnedTests: number;
}

/** The last instant at or before `now` at which a day's data was due, and the day. */
export function lastDue(now: Date): { at: Date; businessDate: string } {
  const at = new Date(now);
  at.setUTCHours(DUE_UTC_HOUR, 0, 0, 0);
  if (at > now) at.setTime(at.getTime() - DAY_MS);
  return { at, businessDate: tokyoDay(at) };
}

/** Judges in one line whether people may trust today's data. */
export function judgeToday(facts: TodayFacts): Today {
  const { now, expectsDailyRun } = facts;
  const due = lastDue(now);
  const validUntil = expectsDailyRun ? new Date(due.at.getTime() + DAY_MS).toISOString() : null;
  return { ...stateOf(facts, due), validUntil };
}

function stateOf(facts: TodayFacts, due: ReturnType<typeof lastDue>): Omit<Today, "validUntil"> {
  const { stage, newest, live, expectsDailyRun, warnedTests } = facts;
  const stays =
    live === undefined
      ? "No data is live yet."
      : `Live stays the data of ${dayWithWeekday(live.businessDate)}: dashboards show that.`;
  const liveDate = live?.businessDate ?? "";
  if (newest !== null && (newest.state === "running" || newest.state === "retrying")) {
    return running(newest, stays, { isLate: expectsDailyRun && liveDate < due.businessDate });
  }
  if (newest?.state === "failed") return failed(facts, newest, stays);
  if (expectsDailyRun && liveDate < due.businessDate) {
    return {
      state: "not-good",
      businessDate: due.businessDate,
      since: due.at.toISOString(),
      headline: `Not good: there is no data of ${dayWithWeekday(due.businessDate)}, which was due at 08:00.`,
      details: [stays, `Why no run has come: ${commandFor(stage, "doctor")}`],
      nextCommand: commandFor(stage, `run --date ${due.businessDate} --watch`),
    };
  }
  if (newest === null || live === undefined) {
    return {
      state: "not-good",
      businessDate: null,
      since: null,
      headline:
        newest === null ? "Not good: there has been no run yet." : "Not good: no run's set is known to be live.",
      details: [
        newest === null
          ? "Nothing is live."
          : "A restore brought back tables whose run nobody knows, or ended half-way.",
      ],
      nextCommand: commandFor(stage, "run --dump FILE --watch"),
    };
  }
  const tests =
    warnedTests === 0
      ? "Every data test passed."
      : `${warnedTests} data ${warnedTests === 1 ? "test warns" : "tests warn"}; none blocks.`;
  if (expectsDailyRun && (facts.liveFreshnessHours ?? 0) > FRESHNESS_LIMIT_HOURS) {
    return {
      state: "not-good",
      businessDate: live.businessDate,
      since: live.publishedAt,
      headline:
        `Not good: the data of ${dayWithWeekday(live.businessDate)} is live, but its dump was ` +
        `${formatHours(facts.liveFreshnessHours ?? 0)} old.`,
      details: [tests, `A dump may be ${FRESHNESS_LIMIT_HOURS} h old. Ask the source for a new one; when it is there:`],
      nextCommand: commandFor(stage, `run --date ${live.businessDate} --force --watch`),
    };
  }
  return {
    state: "good",
    businessDate: live.businessDate,
    since: live.publishedAt,
    headline: `Good: the data of ${dayWithWeekday(live.businessDate)} is live.`,
    details: [tests],
    nextCommand: null,
  };
}

function running(newest: ReportedRun, stays: string, { isLate }: { isLate: boolean }): Omit<Today, "validUntil"> {
  const at = newest.layers.find(({ state }) => state === "running" || state === "retrying");
  return {
    state: "running",
    businessDate: newest.businessDate,
    since: newest.startedAt,
    headline: `${isLate ? "Late, but running" : "Running"}: ${progressOf(at, dayWithWeekday(newest.businessDate))}.`,
    details: [
      stays,
      ...(isLate ? ["It was due at 08:00."] : []),
      ...(at?.error == null ? [] : [`Last error: ${at.error.code}: ${at.error.message}`]),
    ],
    nextCommand: null,
  };
}

function progressOf(layer: ReportedLayer | undefined, day: string): string {
  if (layer === undefined) return `the data of ${day} is between two layers`;
  if (layer.state === "retrying")
    return `${layer.name} waits for attempt ${layer.attempts + 1} at the data of ${day}${dueAt(layer)}`;
  return `${layer.name} makes the data of ${day}${layer.attempts > 1 ? `, attempt ${layer.attempts}` : ""}`;
}

function dueAt({ nextAttemptAt }: ReportedLayer): string {
  return nextAttemptAt === null ? "" : `, due at ${tokyoWallTime(new Date(nextAttemptAt)).slice(11, 16)}`;
}

function failed({ stage }: TodayFacts, newest: ReportedRun, stays: string): Omit<Today, "validUntil"> {
  const layer = newest.layers.find(({ state }) => state === "failed");
  const error = layer?.error;
  return {
    state: "not-good",
    businessDate: newest.businessDate,
    since: newest.finishedAt,
    headline: `Not good: the run of ${dayWithWeekday(newest.businessDate)} failed in ${layer?.name ?? "an unknown layer"}.`,
    details: [
      stays,
      ...(error == null ? [] : [`${error.code}: ${error.message}`]),
      ...(error?.advice == null ? [] : [withCommandsFor(stage, error.advice)]),
    ],
    nextCommand: commandFor(stage, nextAfterFailure(newest, layer)),
  };
}

/** A replay does the same once more; when a test stopped the run, one has to look at what it found before that. */
function nextAfterFailure(run: ReportedRun, layer: ReportedLayer | undefined): string {
  if (layer === undefined) return "doctor";
  return layer.error?.code === "QUALITY_TESTS_FAILED"
    ? `quality ${run.id}`
    : `dlq replay ${layer.name} --run ${run.id}`;
}
