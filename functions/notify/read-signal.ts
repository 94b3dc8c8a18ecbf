import { z } from "zod";
import type { BatonEvent } from "../../events/schemas.ts";
import { adviceOf } from "../../shared/errors/error-codes.ts";
import { lastAdvice } from "../../shared/errors/last-advice.ts";
import { errorPatterns } from "../../shared/errors/patterns.ts";
import { logger } from "../../shared/observability/observability.ts";
import { addDays, dayOf } from "../../shared/time/business-day.ts";
import { alarmCatalogue, parseAlarmName } from "../../shared/observability/alarm-catalogue.ts";
import { formatMany } from "../../shared/text/format.ts";
import type { Signal } from "./signal.ts";

/** Clocks differ by less than this: a later time is forged. */
const CLOCK_SKEW_MS = 300_000;
/** Longest error text in an alert; `baton status` and the log have the whole text. */
const MAX_MESSAGE = 1_000;
/** Longest message of a data test in an alert. */
const MAX_TEST_MESSAGE = 300;
/** Longest name of a table, model or test in an alert. */
const MAX_NAME = 200;
/** An alert names at most this many tables or models. */
const MAX_SUBJECTS = 20;
/** An alert names at most this many failed tests. */
const MAX_TESTS = 10;

/** The message that CloudWatch publishes when an alarm changes. */
const alarmSchema = z.object({
  AlarmName: z.string(),
  NewStateValue: z.enum(["ALARM", "OK", "INSUFFICIENT_DATA"]),
  NewStateReason: z.string().default(""),
  StateChangeTime: z.string(),
});

/** How to read messages of notify's queue. */
export interface ReadOptions {
  stage: string;
  /** An alarm waits this long for the layer's event, which has more details. */
  deferSeconds: number;
  /** Reads the event of a message as it was published; undefined for a forged one. */
  readEvent: (body: string) => Promise<BatonEvent | undefined>;
}

/**
 * Reads a message of notify's queue; undefined for a message that needs no alert.
 *
 * @throws InvalidEventError when it is neither an alarm nor an event of the contract
 */
export async function readSignal(body: string, options: ReadOptions): Promise<Signal | undefined> {
  const alarm = readAlarm(body, options);
  if (alarm !== "no alarm") return alarm;
  const event = await options.readEvent(body);
  return event === undefined ? undefined : signalOf(event);
}

/** What a published event means for the alerts; undefined for one that needs no alert, or that is of the future. */
export function signalOf(event: BatonEvent): Signal | undefined {
  if (!isPlausible(event)) {
    logger.warn("event ignored: its time or business date is in the future", {
      eventId: event.detail.metadata.eventId,
    });
    return undefined;
  }
  switch (event["detail-type"]) {
    case "LayerFailed": {
      const { metadata, data } = event.detail;
      // QualityTestFailed reports the same failure with its tests
      if (data.error.code === "QUALITY_TESTS_FAILED") return undefined;
      const { layer, businessDate, attempt, finishedAt, error } = data;
      const code = cut(error.code, MAX_NAME);
      const message = cut(error.message, MAX_MESSAGE);
      const subjects = (error.subjects ?? []).slice(0, MAX_SUBJECTS).map((name) => cut(name, MAX_NAME));
      const about = { layer, businessDate, attempt, runId: metadata.runId, failedAt: utc(finishedAt) };
      const advice = ownAdvice(error)?.replaceAll("LAYER", layer);
      return { kind: "layer-failed", failure: { ...about, code, message, advice, subjects, tests: [] } };
    }
    case "QualityTestFailed": {
      const { metadata, data } = event.detail;
      const { layer, businessDate, attempt } = data;
      const tests = data.tests.slice(0, MAX_TESTS).map(({ name, model, failures, message }) => ({
        ...{ name: cut(name, MAX_NAME), model: cut(model, MAX_NAME), failures },
        ...(message !== undefined && { message: cut(message, MAX_TEST_MESSAGE) }),
      }));
      return {
        kind: "layer-failed",
        failure: {
          ...{ layer, businessDate, attempt, runId: metadata.runId, failedAt: utc(metadata.emittedAt) },
          code: "QUALITY_TESTS_FAILED",
          message: `${formatMany(data.tests.length, "data test")} of error severity failed`,
          advice: "Repair the data or the model.",
          subjects: [...new Set(tests.map(({ model }) => model))],
          tests,
        },
      };
    }
    case "PipelineCompleted":
    case "DashboardsRefreshed": {
      const { metadata, data } = event.detail;
      const { businessDate, finishedAt } = data;
      const kind = event["detail-type"] === "PipelineCompleted" ? "run-completed" : "dashboards-refreshed";
      return { kind, runId: metadata.runId, businessDate, finishedAt: utc(finishedAt) };
    }
    case "PipelineRequested":
    case "LayerStarted":
    case "LayerCompleted":
    case "LayerRestored":
    case "ReviewRequested":
    case "ReviewCompleted":
    case "MigrationRequested":
      return undefined;
  }
}

/** A completion in the future would silence the failures until then. */
function isPlausible({ detail: { metadata, data } }: BatonEvent): boolean {
  const now = Date.now();
  const times = [metadata.emittedAt, ...("finishedAt" in data ? [data.finishedAt] : [])];
  const isPast = times.every((time) => Date.parse(time) <= now + CLOCK_SKEW_MS);
  const businessDate = "businessDate" in data ? data.businessDate : undefined;
  return isPast && (businessDate ?? "") <= addDays(dayOf(new Date(now)), 1);
}

function readAlarm(body: string, { stage, deferSeconds }: ReadOptions): Signal | undefined | "no alarm" {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return "no alarm";
  }
  const parsed = alarmSchema.safeParse(json);
  if (!parsed.success) return "no alarm";
  const { AlarmName, NewStateValue, NewStateReason, StateChangeTime } = parsed.data;
  const named = parseAlarmName(stage, AlarmName);
  if (named === undefined || !(named.kind in alarmCatalogue)) return undefined;
  const changedAt = utc(StateChangeTime);
  return {
    kind: "alarm",
    name: AlarmName,
    alarm: named.kind,
    subject: named.subject,
    state: NewStateValue,
    changedAt,
    reason: cut(NewStateReason, MAX_MESSAGE),
    hasWaited: Date.now() - Date.parse(changedAt) >= deferSeconds * 1_000,
  };
}

/** Only advice that Baton itself has for an error pattern or code: an event may say anything. */
function ownAdvice({ code, advice }: { code: string; advice?: string | undefined }): string | undefined {
  return errorPatterns.some((pattern) => lastAdvice(pattern.advice) === advice) ? advice : adviceOf(code);
}

/** The beginning of a text, never half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}

/** One notation of times, so that comparing texts compares times. CloudWatch writes `+0000`. */
function utc(instant: string): string {
  return new Date(instant.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")).toISOString();
}
