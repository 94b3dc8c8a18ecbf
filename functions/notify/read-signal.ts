import { z } from "zod";
import { parseEvent } from "../../events/parse-event.ts";
import { alarmCatalogue, parseAlarmName } from "../../shared/observability/alarm-catalogue.ts";
import { formatMany } from "../../shared/text/format.ts";
import type { Signal } from "./signal.ts";

/** Longest error text in an alert; `baton status` and the log have the whole text. */
const MAX_MESSAGE = 1_000;
/** Longest message of a data test in an alert. */
const MAX_TEST_MESSAGE = 300;
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
}

/**
 * Reads a message of notify's queue; undefined for a message that needs no alert.
 *
 * @throws InvalidEventError when it is neither an alarm nor an event of the contract
 */
export function readSignal(body: string, options: ReadOptions): Signal | undefined {
  const alarm = readAlarm(body, options);
  if (alarm !== "no alarm") return alarm;
  const event = parseEvent(body);
  switch (event["detail-type"]) {
    case "LayerFailed": {
      const { metadata, data } = event.detail;
      // QualityTestFailed reports the same failure with its tests
      if (data.error.code === "QUALITY_TESTS_FAILED") return undefined;
      const { layer, businessDate, attempt, finishedAt, error } = data;
      const { code, advice, subjects = [] } = error;
      const message = error.message.slice(0, MAX_MESSAGE);
      const about = { layer, businessDate, attempt, runId: metadata.runId, failedAt: utc(finishedAt) };
      return { kind: "layer-failed", failure: { ...about, code, message, advice, subjects, tests: [] } };
    }
    case "QualityTestFailed": {
      const { metadata, data } = event.detail;
      const { layer, businessDate, attempt } = data;
      const tests = data.tests.slice(0, MAX_TESTS).map(({ name, model, failures, message }) => ({
        ...{ name, model, failures },
        ...(message !== undefined && { message: message.slice(0, MAX_TEST_MESSAGE) }),
      }));
      return {
        kind: "layer-failed",
        failure: {
          ...{ layer, businessDate, attempt, runId: metadata.runId, failedAt: utc(metadata.emittedAt) },
          code: "QUALITY_TESTS_FAILED",
          message: `${formatMany(data.tests.length, "data test")} of error severity failed`,
          advice: "Repair the data or the model.",
          subjects: [...new Set(data.tests.map(({ model }) => model))],
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
      return undefined;
  }
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
    reason: NewStateReason,
    hasWaited: Date.now() - Date.parse(changedAt) >= deferSeconds * 1_000,
  };
}

/** One notation of times, so that comparing texts compares times. CloudWatch writes `+0000`. */
function utc(instant: string): string {
  return new Date(instant.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")).toISOString();
}
