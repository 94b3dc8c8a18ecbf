import { addDays } from "../../time/business-day.ts";
import { deadlineOf, passedDeadline, type PassedDeadline } from "../../time/passed-deadline.ts";
import { timeText } from "../../time/time-text.ts";
import { formatHours } from "../../text/format.ts";
import { commandFor, withCommandsFor } from "../../text/command-for.ts";
import { gapText, noMessageText, noReplayText } from "../../text/gap-text.ts";
import { dayWithWeekday } from "../../time/day-with-weekday.ts";
import { FRESHNESS_LIMIT_HOURS } from "./targets.ts";
import type { GivenUp, HistoricRun, LiveLayer, ReportedError, ReportedLayer, ReportedRun, Today } from "./report.ts";

/** Commands in an error's advice that are the next step instead of a replay. */
const OTHER_STEP = /\.\/baton (run|dlq purge|target) /;
/** Longest error message that fits at the top of a phone's screen. */
const MAX_MESSAGE = 280;

/** The facts that determine the state of a day. */
export interface TodayFacts {
  stage: string;
  now: Date;
  /** Time by which the day's run must be complete, `HH:MM`; empty where no run is scheduled and none can be missing. */
  deadline: string;
  newest: ReportedRun | null;
  /** The live tables of the last layer, which readers query. */
  live: LiveLayer | undefined;
  /** Hours from the dump of the live tables until they became live; null when unknown. */
  liveFreshnessHours: number | null;
  warnedTests: number;
  /** Number of warned tests that did not warn in the previous run. */
  newlyWarnedTests: number;
  givenUp: readonly GivenUp[];
  history: readonly Pick<HistoricRun, "businessDate" | "missingIn">[];
}

/** Determines whether people can trust today's data: what happened, what is not affected, what to do. */
export function judgeToday(facts: TodayFacts): Today {
  const { now, deadline } = facts;
  const due = deadline === "" ? undefined : passedDeadline(deadline, now);
  const next = due && deadlineOf(addDays(due.businessDate, 1), deadline);
  return { ...stateOf(facts, due), validUntil: next?.at.toISOString() ?? null };
}

function stateOf(facts: TodayFacts, due: PassedDeadline | undefined): Omit<Today, "validUntil"> {
  const { stage, newest, live, deadline } = facts;
  const safe =
    live === undefined
      ? ["No data is live yet."]
      : [`Dashboards show the data of ${dayWithWeekday(live.businessDate)}, complete and tested.`];
  const isMissing = due !== undefined && (live?.businessDate ?? "") < due.businessDate;
  if (newest !== null && (newest.state === "running" || newest.state === "retrying")) {
    return running(newest, safe, isMissing ? deadline : undefined);
  }
  if (newest?.state === "failed") return failed(facts, newest, safe);
  if (isMissing) {
    return {
      state: "not-good",
      businessDate: due.businessDate,
      since: due.at.toISOString(),
      headline: `Not good: there is no data of ${dayWithWeekday(due.businessDate)}, which was due at ${deadline}.`,
      happened: [],
      safe,
      toDo: [`Find out why no run started: ${commandFor(stage, "doctor")}. Then request the run:`],
      nextCommand: commandFor(stage, `run --date ${due.businessDate} --watch`),
    };
  }
  if (newest === null || live === undefined) {
    return {
      state: "not-good",
      businessDate: null,
      since: null,
      headline:
        newest === null ? "Not good: there has been no run yet." : "Not good: the live tables belong to no known run.",
      happened: newest === null ? [] : ["A restore brought back tables of an unknown run, or it did not finish."],
      safe: [],
      toDo: ["Load a dump:"],
      nextCommand: commandFor(stage, "run --dump FILE --watch"),
    };
  }
  const good = {
    businessDate: live.businessDate,
    since: live.publishedAt,
    happened: [testsText(facts), gapText(stage, facts.history) ?? []].flat(),
  };
  if (due !== undefined && (facts.liveFreshnessHours ?? 0) > FRESHNESS_LIMIT_HOURS) {
    return {
      ...good,
      state: "not-good",
      headline:
        `Not good: the data of ${dayWithWeekday(live.businessDate)} is live, but its dump was ` +
        `${formatHours(facts.liveFreshnessHours ?? 0)} old.`,
      safe,
      toDo: [`A dump may be at most ${FRESHNESS_LIMIT_HOURS} h old. Ask the source for a new one. When it is there:`],
      nextCommand: commandFor(stage, `run --date ${live.businessDate} --force --watch`),
    };
  }
  const headline = `Good: the data of ${dayWithWeekday(live.businessDate)} is live.`;
  return { ...good, state: "good", headline, safe: [], toDo: [], nextCommand: null };
}

function testsText({ warnedTests, newlyWarnedTests }: TodayFacts): string {
  if (warnedTests === 0) return "Every data test passed.";
  const fresh = newlyWarnedTests === 0 ? "" : `, ${newlyWarnedTests} of them new`;
  return `${warnedTests} data ${warnedTests === 1 ? "test warns" : "tests warn"}${fresh}; none blocks.`;
}

/** @param missed the deadline, if it has passed */
function running(newest: ReportedRun, safe: string[], missed: string | undefined): Omit<Today, "validUntil"> {
  const at = newest.layers.find(({ state }) => state === "running" || state === "retrying");
  return {
    state: "running",
    businessDate: newest.businessDate,
    since: newest.startedAt,
    headline: `${missed !== undefined ? "Late, but running" : "Running"}: ${progressOf(at, dayWithWeekday(newest.businessDate))}.`,
    happened: [
      ...(missed === undefined ? [] : [`The data was due at ${missed}.`]),
      ...(at?.error == null ? [] : [`Last error: ${errorText(at.error)}`]),
    ],
    safe,
    toDo: [],
    nextCommand: null,
  };
}

function progressOf(layer: ReportedLayer | undefined, day: string): string {
  if (layer === undefined) return `the data of ${day} is between two layers`;
  if (layer.state === "retrying")
    return `${layer.name} waits for attempt ${layer.attempts + 1} with the data of ${day}${dueAt(layer)}`;
  return `${layer.name} works on the data of ${day}${layer.attempts > 1 ? `, attempt ${layer.attempts}` : ""}`;
}

function dueAt({ nextAttemptAt }: ReportedLayer): string {
  return nextAttemptAt === null ? "" : `, due at ${timeText(nextAttemptAt, "minute").slice(11)}`;
}

function errorText({ code, message }: ReportedError): string {
  return `${code}: ${message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message}`;
}

function failed(facts: TodayFacts, newest: ReportedRun, safe: string[]): Omit<Today, "validUntil"> {
  const layer = newest.layers.find(({ state }) => state === "failed");
  return {
    state: "not-good",
    businessDate: newest.businessDate,
    since: newest.finishedAt,
    headline: `Not good: the run of ${dayWithWeekday(newest.businessDate)} failed in ${layer?.name ?? "an unknown layer"}.`,
    happened: layer?.error == null ? [] : [errorText(layer.error)],
    safe,
    ...nextAfterFailure(facts, newest, layer),
  };
}

/** Offers a replay only when it can work: no newer data is live, and the error's advice requires no other step. */
function nextAfterFailure(
  { stage, givenUp }: TodayFacts,
  run: ReportedRun,
  layer: ReportedLayer | undefined,
): Pick<Today, "toDo" | "nextCommand"> {
  if (layer === undefined) return { toDo: [], nextCommand: commandFor(stage, "doctor") };
  const isOfLayer = `${layer.name} --run ${run.id}`;
  const failure = givenUp.find(({ runId, layer: name }) => runId === run.id && name === layer.name);
  if (failure === undefined) return { toDo: [noMessageText(stage, run.id)], nextCommand: null };
  const { supersededBy } = failure;
  if (supersededBy !== null) {
    return {
      toDo: [`${noReplayText(stage, run.id, supersededBy)} To delete the message:`],
      nextCommand: commandFor(stage, `dlq purge ${isOfLayer} --yes`),
    };
  }
  const advice = layer.error?.advice;
  const toDo = advice == null ? [] : [withCommandsFor(stage, advice)];
  if (layer.error?.code === "QUALITY_TESTS_FAILED")
    return { toDo, nextCommand: commandFor(stage, `quality ${run.id}`) };
  const isOther = advice != null && OTHER_STEP.test(advice);
  return { toDo, nextCommand: isOther ? null : commandFor(stage, `dlq replay ${isOfLayer}`) };
}
