import { assertNever } from "../../shared/errors/assert-never.ts";
import { alarmCatalogue } from "../../shared/observability/alarm-catalogue.ts";
import { LAYER_GROUP, REFRESH, type Board, type Completion, type Incident, type LayerFailure } from "./board.ts";
import type { AlarmSignal, Signal } from "./signal.ts";

/** A change of incidents that needs an alert. */
export type IncidentChange =
  | { kind: "opened" | "worse"; incident: Incident }
  | { kind: "recovered"; incidents: Incident[]; at: string; completion?: Completion | undefined };

/** The result of a signal. */
export interface BoardUpdate {
  board: Board;
  changes: IncidentChange[];
  /** True when the signal must be applied again later: the layer's event, which has more details, may still arrive. */
  isDeferred?: boolean;
}

/** Queues and functions for whose failures there is no event. */
const WITHOUT_EVENTS = ["console", "docs", "migrate", "notify", "review", "rule"];

/**
 * Applies a signal to the board. Signals arrive more than once and in any order, so each carries its time, and older
 * signals change nothing: one alert when something fails, one when it has recovered.
 */
export function applySignal(board: Board, signal: Signal): BoardUpdate {
  switch (signal.kind) {
    case "layer-failed":
      return applyFailure(board, signal.failure);
    case "run-completed":
      return applyCompletion(board, signal);
    case "dashboards-refreshed":
      return applyRefresh(board, signal);
    case "alarm":
      return applyAlarm(board, signal);
    default:
      return assertNever(signal);
  }
}

function withoutChange(board: Board): BoardUpdate {
  return { board, changes: [] };
}

/** True when a completion is the recovery from a failure. */
function repairs({ businessDate, finishedAt }: Completion, failure: Pick<LayerFailure, "businessDate" | "failedAt">) {
  return failure.failedAt <= finishedAt && failure.businessDate <= businessDate;
}

function applyFailure(board: Board, failure: LayerFailure): BoardUpdate {
  const last = failure.layer === REFRESH ? board.refreshed : board.completed;
  if (last !== undefined && repairs(last, failure)) return withoutChange(board);
  const known = board.open.find(
    ({ subject, group, failure: other }) =>
      group === LAYER_GROUP && subject === failure.layer && (other === undefined || other.runId === failure.runId),
  );
  if (known !== undefined) {
    if (known.failure !== undefined && known.failure.failedAt >= failure.failedAt) return withoutChange(board);
    return withoutChange(replace(board, known, { ...known, failure }));
  }
  const incident: Incident = {
    subject: failure.layer,
    group: LAYER_GROUP,
    openedAt: failure.failedAt,
    severity: "error",
    failure,
    alarms: [],
  };
  return { board: { ...board, open: [...board.open, incident] }, changes: [{ kind: "opened", incident }] };
}

function replace(board: Board, old: Incident, incident: Incident): Board {
  return { ...board, open: board.open.map((other) => (other === old ? incident : other)) };
}

function applyCompletion(board: Board, { runId, businessDate, finishedAt }: Completion): BoardUpdate {
  const completion = { runId, businessDate, finishedAt };
  if (board.completed !== undefined && board.completed.finishedAt >= finishedAt) return withoutChange(board);
  const isRepaired = ({ subject, group, failure, openedAt }: Incident): boolean =>
    group === LAYER_GROUP &&
    subject !== REFRESH &&
    repairs(completion, failure ?? { businessDate, failedAt: openedAt });
  return close({ ...board, completed: completion }, isRepaired, finishedAt, completion);
}

function applyRefresh(board: Board, { runId, businessDate, finishedAt }: Completion): BoardUpdate {
  const completion = { runId, businessDate, finishedAt };
  if (board.refreshed !== undefined && board.refreshed.finishedAt >= finishedAt) return withoutChange(board);
  const isRepaired = ({ subject, group, failure, openedAt }: Incident): boolean =>
    group === LAYER_GROUP &&
    subject === REFRESH &&
    repairs(completion, failure ?? { businessDate, failedAt: openedAt });
  return close({ ...board, refreshed: completion }, isRepaired, finishedAt, completion);
}

function close(
  board: Board,
  isOver: (incident: Incident) => boolean,
  at: string,
  completion?: Completion,
): BoardUpdate {
  const incidents = board.open.filter(isOver);
  if (incidents.length === 0) return withoutChange(board);
  return {
    board: { ...board, open: board.open.filter((incident) => !isOver(incident)) },
    changes: [{ kind: "recovered", incidents, at, completion }],
  };
}

function applyAlarm(board: Board, signal: AlarmSignal): BoardUpdate {
  const { name, state, changedAt } = signal;
  if (state === "INSUFFICIENT_DATA") return withoutChange(board);
  const known = board.alarms[name];
  // the same change may arrive again, because it was deferred or because its alert was not delivered
  if (known !== undefined && known.changedAt !== changedAt && (known.changedAt > changedAt || known.state === state))
    return withoutChange(board);
  const isKnown = known?.changedAt === changedAt && known.state === state;
  const updated = isKnown ? board : { ...board, alarms: { ...board.alarms, [name]: { state, changedAt } } };
  return state === "ALARM" ? turnOn(updated, signal) : turnOff(updated, signal);
}

function turnOn(board: Board, signal: AlarmSignal): BoardUpdate {
  const { isReportedByEvent, group, severity } = alarmCatalogue[signal.alarm];
  const alarm = { name: signal.name, kind: signal.alarm, reason: signal.reason };
  const waitsForEvent = isReportedByEvent && !WITHOUT_EVENTS.includes(signal.subject);
  const incidentGroup = waitsForEvent ? LAYER_GROUP : group;
  const known = board.open.find((other) => other.group === incidentGroup && other.subject === signal.subject);
  if (known?.failure !== undefined) return withoutChange(board);
  if (known !== undefined) {
    if (known.alarms.some(({ name }) => name === alarm.name)) return withoutChange(board);
    const isWorse = severity === "error" && known.severity === "warning";
    const incident: Incident = {
      ...known,
      severity: isWorse ? "error" : known.severity,
      alarms: [...known.alarms, alarm],
    };
    const next = replace(board, known, incident);
    return isWorse ? { board: next, changes: [{ kind: "worse", incident }] } : withoutChange(next);
  }
  if (waitsForEvent && !signal.hasWaited) return { board, changes: [], isDeferred: true };
  const incident: Incident = {
    subject: signal.subject,
    group: incidentGroup,
    openedAt: signal.changedAt,
    severity,
    alarms: [alarm],
  };
  return { board: { ...board, open: [...board.open, incident] }, changes: [{ kind: "opened", incident }] };
}

/** An incident of alarms alone ends when its last alarm is OK; a layer's failure ends with a completed run. */
function turnOff(board: Board, { name, changedAt }: AlarmSignal): BoardUpdate {
  const withoutAlarm = {
    ...board,
    open: board.open.map((incident) =>
      incident.alarms.some((alarm) => alarm.name === name) && incident.alarms.length > 1
        ? { ...incident, alarms: incident.alarms.filter((alarm) => alarm.name !== name) }
        : incident,
    ),
  };
  const isOver = ({ failure, alarms }: Incident): boolean =>
    failure === undefined && alarms.length === 1 && alarms[0]?.name === name;
  return close(withoutAlarm, isOver, changedAt);
}
