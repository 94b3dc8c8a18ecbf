import type { Alert } from "../../events/alert.ts";
import { assertNever } from "../../shared/errors/assert-never.ts";
import { alarmCatalogue, type AlarmKindName } from "../../shared/observability/alarm-catalogue.ts";
import { CONSOLE_KEY } from "../../shared/console/console-keys.ts";
import { commandFor, withCommandsFor } from "../../shared/text/command-for.ts";
import { formatMany } from "../../shared/text/format.ts";
import { visibleText } from "../../shared/text/visible-text.ts";
import { zoneLabel } from "../../shared/time/time-zone.ts";
import { timeText } from "../../shared/time/time-text.ts";
import type { IncidentChange } from "./apply-signal.ts";
import { REFRESH, type Board, type Incident, type LayerFailure } from "./board.ts";
import { logLink, type LogPlace } from "./log-link.ts";

/** Longest subject in SNS; only ASCII. @see SNS API Reference, Publish */
const MAX_SUBJECT = 100;
/** Section of the runbook for failed refreshes. */
const REFRESH_SECTION = "dashboards-were-not-refreshed";

/** Where the links of an alert lead. */
export interface AlertContext extends LogPlace {
  /** The layer whose tables the dashboards read. */
  lastLayer: string;
  /** Address of the console page; empty where it is not configured: the alert names the S3 object instead. */
  consoleUrl: string;
  /** Bucket of the console page. */
  bucket: string;
}

/** Writes an alert for a reader without context: what failed, since when, which data is safe, what to do next. */
export function composeAlert(change: IncidentChange, board: Board, context: AlertContext): Alert {
  switch (change.kind) {
    case "opened":
    case "worse":
      return change.incident.failure === undefined
        ? alarmAlert(change.kind, change.incident, board, context)
        : failureAlert(change.incident, change.incident.failure, board, context);
    case "recovered":
      return recoveredAlert(change, board, context);
    default:
      return assertNever(change);
  }
}

function failureAlert(incident: Incident, failure: LayerFailure, board: Board, context: AlertContext): Alert {
  const { layer, runId, businessDate, attempt, failedAt, code } = failure;
  const where = failure.subjects.slice(0, 3).join(", ");
  const isRefresh = layer === REFRESH;
  const isQuality = failure.tests.length > 0;
  const command = (text: string): string => commandFor(context.stage, text);
  return {
    ...alertOf("opened", incident, context, failedAt),
    layer,
    runId,
    subject: subjectLine(
      context,
      "FAILED",
      `${layer} of ${businessDate}: ${code}${where === "" ? "" : ` in ${where}`}`,
    ),
    text: lines([
      `${capital(layer)} of ${businessDate} failed after its last attempt. It does not restart automatically.`,
      "",
      ["what", `${isRefresh ? "function" : "layer"} ${layer}, attempt ${attempt} of run ${runId}`],
      ["since", shownTime(failedAt)],
      ...(failure.subjects.length > 0
        ? ([[isRefresh ? "data set" : "model or table", failure.subjects.join(", ")]] as const)
        : []),
      ["error", `${code}: ${failure.message}`],
      ...failure.tests.map((test) => ["test", testText(test)] as const),
      ["safe", safeData(layer, board, context)],
      "",
      ["look", command(`${isQuality ? "quality" : "status"} ${runId}`)],
      ...(failure.advice === undefined ? [] : ([["repair", withCommandsFor(context.stage, failure.advice)]] as const)),
      ...(isQuality
        ? ([["or accept", `${command(`quality accept ${runId} --reason "WHY"`)}, if the data is correct`]] as const)
        : []),
      ["then", command(`dlq replay ${layer} --run ${runId}`)],
      "",
      ...links(layer, runId, isRefresh ? REFRESH_SECTION : isQuality ? "quality" : "failed", context),
    ]),
  };
}

/** The message of a test, or its number of failing rows. */
function testText({ name, model, failures, message }: LayerFailure["tests"][number]): string {
  return `${name} on ${model}: ${message ?? formatMany(failures, "row")}`;
}

/** The data that dashboards show while the layer is failed. */
function safeData(layer: string, { completed }: Board, { lastLayer }: AlertContext): string {
  if (layer === REFRESH) return `${lastLayer} is live and complete; dashboards show their previous SPICE copy`;
  if (completed === undefined) return `this run published nothing of ${layer}; the previous tables stay live`;
  return (
    `${lastLayer} of ${completed.businessDate} (run ${completed.runId}, completed ` +
    `${shownTime(completed.finishedAt)}) stays live; dashboards show that date`
  );
}

function alarmAlert(kind: "opened" | "worse", incident: Incident, board: Board, context: AlertContext): Alert {
  const { subject, severity } = incident;
  const alarm = incident.alarms.at(-1);
  const rule = ruleOf(alarm?.kind);
  const who = subject === "" ? `environment ${context.stage}` : subject;
  const live = board.completed;
  return {
    ...alertOf(kind, incident, context, incident.openedAt),
    ...(subject !== "" && { layer: subject }),
    subject: subjectLine(context, severity === "error" ? "ALARM" : "WARNING", `${who} ${rule.alarmText}`),
    text: lines([
      `${capital(who)} ${rule.alarmText}.`,
      "",
      ["what", `alarm ${alarm?.name ?? ""}`],
      ["since", shownTime(incident.openedAt)],
      ["CloudWatch", alarm?.reason ?? ""],
      ["safe", rule.safe],
      ...(live === undefined
        ? []
        : ([
            [
              "live",
              `${context.lastLayer} of ${live.businessDate} (run ${live.runId}, completed ${shownTime(live.finishedAt)})`,
            ],
          ] as const)),
      "",
      ["next", withCommandsFor(context.stage, rule.next.replace("{subject}", subject))],
      "",
      ...links(subject === "" || subject === "rule" ? "pulse" : subject, undefined, alarm?.kind ?? "", context),
    ]),
  };
}

function recoveredAlert(
  { incidents, at, completion }: Extract<IncidentChange, { kind: "recovered" }>,
  board: Board,
  context: AlertContext,
): Alert {
  const [first] = incidents;
  const since = incidents.map(({ openedAt }) => openedAt).sort()[0] ?? at;
  const isRefresh = first?.subject === REFRESH;
  const now =
    completion === undefined
      ? once(incidents.map(stateOf)).join("; ")
      : isRefresh
        ? `dashboards show the ${context.lastLayer} of ${completion.businessDate}`
        : `${context.lastLayer} of ${completion.businessDate} is live`;
  const failed = once(incidents.filter(({ failure }) => failure !== undefined).map(({ subject }) => subject));
  const after = failed.length === 0 ? "" : `; failed before: ${failed.join(", ")}`;
  const remainingAlarms = Object.entries(board.alarms)
    .filter(([, { state }]) => state === "ALARM")
    .map(([name]) => name);
  const runId = completion?.runId ?? first?.failure?.runId;
  const run = runId === undefined ? "" : ` ${runId}`;
  return {
    id: `${first?.group ?? ""}:${first?.subject ?? ""}@${since}:recovered@${at}`,
    kind: "recovered",
    severity: incidents.some(({ severity }) => severity === "error") ? "error" : "warning",
    stage: context.stage,
    at,
    ...(first !== undefined && first.subject !== "" && { layer: first.subject }),
    ...(runId !== undefined && { runId }),
    subject: subjectLine(context, "RECOVERED", `${now}${after}`),
    text: lines([
      `Recovered after ${span(since, at)}: ${now}${completion === undefined || isRefresh ? "" : ` (run ${completion.runId})`}.`,
      "",
      ...incidents.map(
        (incident) => ["incident", `${nameOf(incident)}, since ${shownTime(incident.openedAt)}`] as const,
      ),
      ["recovered", shownTime(at)],
      ...remainingAlarms.map((name) => ["still in ALARM", name] as const),
      "",
      ["look", commandFor(context.stage, `status${run}`)],
      ["console", consoleAt(context)],
    ]),
  };
}

function nameOf({ subject, failure, alarms }: Incident): string {
  if (failure !== undefined) return `${failure.layer} of ${failure.businessDate} failed (${failure.code})`;
  const who = subject === "" ? "the environment" : subject;
  return `${who} ${ruleOf(alarms.at(-1)?.kind).alarmText}`;
}

/** The state after an alarm has returned to OK. */
function stateOf({ subject, alarms }: Incident): string {
  return `${subject === "" ? "the environment" : subject} ${ruleOf(alarms.at(-1)?.kind).recoveredText}`;
}

/** A layer may have several incidents: a run that failed, and a later one. */
function once(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function ruleOf(kind: string | undefined): (typeof alarmCatalogue)[AlarmKindName] {
  // an alarm that a later release has removed from the catalogue is described like a failed layer
  return alarmCatalogue[(kind ?? "failed") as AlarmKindName] ?? alarmCatalogue.failed;
}

function alertOf(kind: "opened" | "worse", incident: Incident, { stage }: AlertContext, at: string) {
  const run = incident.failure?.runId ?? "";
  const id = `${incident.group}:${incident.subject}:${run}@${incident.openedAt}:${kind}`;
  return { id, kind, severity: incident.severity, stage, at };
}

function links(name: string, runId: string | undefined, section: string, context: AlertContext): Line[] {
  return [
    ["logs", logLink(name, runId, context)],
    ["console", consoleAt(context)],
    ["runbook", `docs/runbook.md#${section}`],
  ];
}

/** Where to open the console page. */
function consoleAt(context: AlertContext): string {
  if (context.consoleUrl !== "") return context.consoleUrl;
  return `${commandFor(context.stage, "report --open")}, or s3://${context.bucket}/${CONSOLE_KEY}`;
}

type Line = string | readonly [label: string, value: string];

/** Width of the labels. */
const INDENT = 16;

/** Text from outside cannot look like a line of the alert. */
function lines(all: readonly Line[]): string {
  const below = (value: string): string => visibleText(value).replaceAll("\n", `\n${" ".repeat(INDENT)}`);
  return all.map((line) => (typeof line === "string" ? line : `${line[0].padEnd(INDENT)}${below(line[1])}`)).join("\n");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function shownTime(instant: string): string {
  return `${timeText(instant, "minute")} ${zoneLabel()}`;
}

function span(from: string, to: string): string {
  const minutes = Math.round((Date.parse(to) - Date.parse(from)) / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function subjectLine({ stage }: AlertContext, word: string, rest: string): string {
  const text = `[Baton ${stage}] ${word} ${rest}`.replaceAll(/[^\x20-\x7e]+/g, "?");
  return text.length <= MAX_SUBJECT ? text : `${text.slice(0, MAX_SUBJECT - 3)}...`;
}
