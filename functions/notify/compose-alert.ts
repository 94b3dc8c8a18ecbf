import type { Alert } from "../../events/alert.ts";
import { assertNever } from "../../shared/errors/assert-never.ts";
import { alarmCatalogue, type AlarmKindName } from "../../shared/observability/alarm-catalogue.ts";
import { CONSOLE_KEY } from "../../shared/console/console-keys.ts";
import { commandFor, withCommandsFor } from "../../shared/text/command-for.ts";
import { formatMany } from "../../shared/text/format.ts";
import { visibleText } from "../../shared/text/visible-text.ts";
import { tokyoText } from "../../shared/time/tokyo-text.ts";
import type { Telling } from "./advance.ts";
import { REFRESH, type Board, type Incident, type LayerFailure } from "./board.ts";
import { logLink, type LogPlace } from "./log-link.ts";

/** Longest subject that SNS takes; only ASCII. @see SNS API Reference, Publish */
const MAX_SUBJECT = 100;
/** Section of the runbook on dashboards that were not refreshed. */
const REFRESH_SECTION = "dashboards-were-not-refreshed";

/** Where alerts point to. */
export interface AlertContext extends LogPlace {
  /** The layer whose tables the dashboards read. */
  lastLayer: string;
  /** Address of the console page; empty where none was given: then it is told where the page lies. */
  consoleUrl: string;
  /** Bucket that the page is written to. */
  bucket: string;
}

/** Writes a change down for a person who knows nothing of it yet: what, since when, what stays safe, what to do next. */
export function composeAlert(telling: Telling, board: Board, context: AlertContext): Alert {
  switch (telling.kind) {
    case "opened":
    case "worse":
      return telling.incident.failure === undefined
        ? alarmAlert(telling.kind, telling.incident, board, context)
        : failureAlert(telling.incident, telling.incident.failure, board, context);
    case "recovered":
      return recoveredAlert(telling, board, context);
    default:
      return assertNever(telling);
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
      `${capital(layer)} of ${businessDate} failed and was given up; it does not go on by itself.`,
      "",
      ["what", `${isRefresh ? "function" : "layer"} ${layer}, attempt ${attempt}, of run ${runId}`],
      ["since", atTokyo(failedAt)],
      ...(failure.subjects.length > 0
        ? ([[isRefresh ? "data set" : "model or table", failure.subjects.join(", ")]] as const)
        : []),
      ["error", `${code}: ${failure.message}`],
      ...failure.tests.map((test) => ["test", testText(test)] as const),
      ["safe", whatStays(layer, board, context)],
      "",
      ["look", command(`${isQuality ? "quality" : "status"} ${runId}`)],
      ...(failure.advice === undefined ? [] : ([["repair", withCommandsFor(context.stage, failure.advice)]] as const)),
      ...(isQuality
        ? ([["or accept", `${command(`quality accept ${runId} --reason "WHY"`)}, when the data is right`]] as const)
        : []),
      ["then", command(`dlq replay ${layer} --run ${runId}`)],
      "",
      ...links(layer, runId, isRefresh ? REFRESH_SECTION : isQuality ? "quality" : "failed", context),
    ]),
  };
}

/** What a test found: in its own words where it has some. */
function testText({ name, model, failures, message }: LayerFailure["tests"][number]): string {
  return `${name} on ${model}: ${message ?? formatMany(failures, "row")}`;
}

/** What dashboards show while a layer is broken. */
function whatStays(layer: string, { completed }: Board, { lastLayer }: AlertContext): string {
  if (layer === REFRESH) return `${lastLayer} itself is live and whole; dashboards show the copy that they had before`;
  if (completed === undefined) return `nothing of this run's ${layer} was published; what was live before stays live`;
  return (
    `${lastLayer} of ${completed.businessDate} (run ${completed.runId}, complete since ` +
    `${atTokyo(completed.finishedAt)}) stays live; dashboards show that day`
  );
}

function alarmAlert(kind: "opened" | "worse", incident: Incident, board: Board, context: AlertContext): Alert {
  const { subject, severity } = incident;
  const alarm = incident.alarms.at(-1);
  const rule = ruleOf(alarm?.kind);
  const who = subject === "" ? `stage ${context.stage}` : subject;
  const live = board.completed;
  return {
    ...alertOf(kind, incident, context, incident.openedAt),
    ...(subject !== "" && { layer: subject }),
    subject: subjectLine(context, severity === "error" ? "ALARM" : "WARNING", `${who} ${rule.says}`),
    text: lines([
      `${capital(who)} ${rule.says}.`,
      "",
      ["what", `alarm ${alarm?.name ?? ""}`],
      ["since", atTokyo(incident.openedAt)],
      ["CloudWatch", alarm?.reason ?? ""],
      ["safe", rule.safe],
      ...(live === undefined
        ? []
        : ([
            [
              "live",
              `${context.lastLayer} of ${live.businessDate} (run ${live.runId}, complete since ${atTokyo(live.finishedAt)})`,
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
  { incidents, at, completion }: Extract<Telling, { kind: "recovered" }>,
  board: Board,
  context: AlertContext,
): Alert {
  const [first] = incidents;
  const since = incidents.map(({ openedAt }) => openedAt).sort()[0] ?? at;
  const isRefresh = first?.subject === REFRESH;
  const now =
    completion === undefined
      ? incidents.map(stateOf).join("; ")
      : isRefresh
        ? `dashboards have read the ${context.lastLayer} of ${completion.businessDate}`
        : `${context.lastLayer} of ${completion.businessDate} is live`;
  const failed = incidents.filter(({ failure }) => failure !== undefined).map(({ subject }) => subject);
  const after = failed.length === 0 ? "" : `; ${failed.join(", ")} had failed`;
  const stillOn = Object.entries(board.alarms)
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
      ...incidents.map((incident) => ["was", `${nameOf(incident)}, since ${atTokyo(incident.openedAt)}`] as const),
      ["until", atTokyo(at)],
      ...stillOn.map((name) => ["still on", `alarm ${name}`] as const),
      "",
      ["look", commandFor(context.stage, `status${run}`)],
      ["console", consoleAt(context)],
    ]),
  };
}

function nameOf({ subject, failure, alarms }: Incident): string {
  if (failure !== undefined) return `${failure.layer} of ${failure.businessDate} had failed (${failure.code})`;
  const who = subject === "" ? "the stage" : subject;
  return `${who} ${ruleOf(alarms.at(-1)?.kind).says}`;
}

/** What an alarm that is off says. */
function stateOf({ subject, alarms }: Incident): string {
  return `${subject === "" ? "the stage" : subject} ${ruleOf(alarms.at(-1)?.kind).saysWhenOver}`;
}

function ruleOf(kind: string | undefined): (typeof alarmCatalogue)[AlarmKindName] {
  // the board keeps alarms of the catalogue only; one that a later release has dropped reads like a failed layer
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

/** How to see the console page. */
function consoleAt(context: AlertContext): string {
  if (context.consoleUrl !== "") return context.consoleUrl;
  return `${commandFor(context.stage, "report --open")}, or s3://${context.bucket}/${CONSOLE_KEY}`;
}

type Line = string | readonly [label: string, value: string];

/** Width of the labels. */
const INDENT = 16;

/** What comes from outside cannot look like a line of its own. */
function lines(all: readonly Line[]): string {
  const below = (value: string): string => visibleText(value).replaceAll("\n", `\n${" ".repeat(INDENT)}`);
  return all.map((line) => (typeof line === "string" ? line : `${line[0].padEnd(INDENT)}${below(line[1])}`)).join("\n");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function atTokyo(instant: string): string {
  return `${tokyoText(instant, "minute")} JST`;
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
