import { z } from "zod";
import { parseEvent } from "../../events/parse-event.ts";
import { alarmCatalogue, parseAlarmName } from "../../shared/observability/alarm-catalogue.ts";
import { formatMany } from "../../shared/text/format.ts";
import type { Signal } from "./signal.ts";

/** Longest error text that an alert quotes; status and logs have the rest. */
const MAX_MESSAGE = 1_000;
/** Longest finding of a test that an alert quotes. */
const MAX_TEST_MESSAGE = 300;
/** So many failed tests are named. */
const MAX_TESTS = 10;

/** An alarm's message, as CloudWatch sends it to a topic. */
const alarmSchema = z.object({
  AlarmName: z.string(),
  NewStateValue: z.enum(["ALARM", "OK", "INSUFFICIENT_DATA"]),
  NewStateReason: z.string().default(""),
  StateChangeTime: z.string(),
  /** Set by notify itself, when it looks again. */
  isDeferred: z.boolean().default(false),
});

/**
 * Reads what a message of notify's queue tells; undefined for what is none of its business.
 *
 * @throws InvalidEventError when it is neither an alarm nor an event of the contract
 */
export function readSignal(body: string, stage: string): Signal | undefined {
  const alarm = readAlarm(body, stage);
  if (alarm !== "no alarm") return alarm;
  const event = parseEvent(body);
  switch (event["detail-type"]) {
    case "LayerFailed": {
      const { metadata, data } = event.detail;
      // the event with the tests tells it, in better words
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
      return undefined;
  }
}

function readAlarm(body: string, stage: string): Signal | undefined | "no alarm" {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return "no alarm";
  }
  const parsed = alarmSchema.safeParse(json);
  if (!parsed.success) return "no alarm";
  const { AlarmName, NewStateValue, NewStateReason, StateChangeTime, isDeferred } = parsed.data;
  const named = parseAlarmName(stage, AlarmName);
  if (named === undefined || !(named.kind in alarmCatalogue)) return undefined;
  return {
    kind: "alarm",
    name: AlarmName,
    alarm: named.kind,
    subject: named.subject,
    state: NewStateValue,
    changedAt: utc(StateChangeTime),
    reason: NewStateReason,
    isDeferred,
  };
}

/** One way to write an instant, so that texts compare as instants do. CloudWatch writes `+0000`. */
function utc(instant: string): string {
  return new Date(instant.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")).toISOString();
}
