import { assertNever } from "../../shared/errors/assert-never.ts";
import { alarmCatalogue } from "../../shared/observability/alarm-catalogue.ts";
import { LAYER_GROUP, REFRESH, type Board, type Completion, type Incident, type LayerFailure } from "./board.ts";
import type { AlarmSignal, Signal } from "./signal.ts";

/** A change that people are told of. */
export type Telling =
  | { kind: "opened" | "worse"; incident: Incident }
  | { kind: "recovered"; incidents: Incident[]; at: string; completion?: Completion | undefined };

/** What follows from a signal. */
export interface Advance {
  board: Board;
  tellings: Telling[];
  /** True when the signal shall be looked at again a little later: an event with better words may be on its way. */
  isDeferred?: boolean;
}

/** Queues and functions whose failures no event tells. */
const WITHOUT_EVENTS = ["console", "docs", "notify", "rule"];

/**
 * Takes a signal into account. Signals come more than once and in any order, so each carries its time, and what is older
 * than what is known changes nothing: one alert when something goes wrong, one when it is right again.
 */
export function advance(board: Board, signal: Signal): Advance {
  switch (signal.kind) {
    case "layer-failed":
      return takeFailure(board, signal.failure);
    case "run-completed":
      return takeCompletion(board, signal);
    case "dashboards-refreshed":
      return takeRefresh(board, signal);
    case "alarm":
      return takeAlarm(board, signal);
    default:
      return assertNever(signal);
  }
}

function silently(board: Board): Advance {
  return { board, tellings: [] };
}

/** True when a completion says that a failure is over. */
function repairs({ businessDate, finishedAt }: Completion, failure: Pick<LayerFailure, "businessDate" | "failedAt">) {
  return failure.failedAt <= finishedAt && failure.businessDate <= businessDate;
}

function takeFailure(board: Board, failure: LayerFailure): Advance {
  const last = failure.layer === REFRESH ? board.refreshed : board.completed;
  if (last !== undefined && repairs(last, failure)) return silently(board);
  const known = board.open.find(
    ({ subject, group, failure: other }) =>
      group === LAYER_GROUP && subject === failure.layer && (other === undefined || other.runId === failure.runId),
  );
  if (known !== undefined) {
    if (known.failure !== undefined && known.failure.failedAt >= failure.failedAt) return silently(board);
    return silently(replace(board, known, { ...known, failure }));
  }
  const incident: Incident = {
    subject: failure.layer,
    group: LAYER_GROUP,
    openedAt: failure.failedAt,
    severity: "error",
    failure,
    alarms: [],
  };
  return { board: { ...board, open: [...board.open, incident] }, tellings: [{ kind: "opened", incident }] };
}

function replace(board: Board, old: Incident, incident: Incident): Board {
  return { ...board, open: board.open.map((other) => (other === old ? incident : other)) };
}

function takeCompletion(board: Board, { runId, businessDate, finishedAt }: Completion): Advance {
  const completion = { runId, businessDate, finishedAt };
  if (board.completed !== undefined && board.completed.finishedAt >= finishedAt) return silently(board);
  const isRepaired = ({ subject, group, failure, openedAt }: Incident): boolean =>
    group === LAYER_GROUP &&
    subject !== REFRESH &&
    repairs(completion, failure ?? { businessDate, failedAt: openedAt });
  return close({ ...board, completed: completion }, isRepaired, finishedAt, completion);
}

function takeRefresh(board: Board, { runId, businessDate, finishedAt }: Completion): Advance {
  const completion = { runId, businessDate, finishedAt };
  if (board.refreshed !== undefined && board.refreshed.finishedAt >= finishedAt) return silently(board);
  const isRepaired = ({ subject, group, failure, openedAt }: Incident): boolean =>
    group === LAYER_GROUP &&
    subject === REFRESH &&
    repairs(completion, failure ?? { businessDate, failedAt: openedAt });
  return close({ ...board, refreshed: completion }, isRepaired, finishedAt, completion);
}

function close(board: Board, isOver: (incident: Incident) => boolean, at: string, completion?: Completion): Advance {
  const incidents = board.open.filter(isOver);
  if (incidents.length === 0) return silently(board);
  return {
    board: { ...board, open: board.open.filter((incident) => !isOver(incident)) },
    tellings: [{ kind: "recovered", incidents, at, completion }],
  };
}

function takeAlarm(board: Board, signal: AlarmSignal): Advance {
  const { name, state, changedAt } = signal;
  if (state === "INSUFFICIENT_DATA") return silently(board);
  const known = board.alarms[name];
  if (signal.isDeferred) {
    // it has changed since: that change was looked at by itself
    if (known?.state !== state || known.changedAt !== changedAt) return silently(board);
    return turnOn(board, signal);
  }
  if (known !== undefined && (known.changedAt > changedAt || known.state === state)) return silently(board);
  const remembered = { ...board, alarms: { ...board.alarms, [name]: { state, changedAt } } };
  return state === "ALARM" ? turnOn(remembered, signal) : turnOff(remembered, signal);
}

function turnOn(board: Board, signal: AlarmSignal): Advance {
  const { isReportedByEvent, group, severity } = alarmCatalogue[signal.alarm];
  const alarm = { name: signal.name, kind: signal.alarm, reason: signal.reason };
  const waitsForEvent = isReportedByEvent && !WITHOUT_EVENTS.includes(signal.subject);
  const incidentGroup = waitsForEvent ? LAYER_GROUP : group;
  const known = board.open.find((other) => other.group === incidentGroup && other.subject === signal.subject);
  if (known?.failure !== undefined) return silently(board);
  if (known !== undefined) {
    const isWorse = severity === "error" && known.severity === "warning";
    const incident: Incident = {
      ...known,
      severity: isWorse ? "error" : known.severity,
      alarms: [...known.alarms.filter(({ name }) => name !== alarm.name), alarm],
    };
    const next = replace(board, known, incident);
    return isWorse ? { board: next, tellings: [{ kind: "worse", incident }] } : silently(next);
  }
  if (waitsForEvent && !signal.isDeferred) return { board, tellings: [], isDeferred: true };
  const incident: Incident = {
    subject: signal.subject,
    group: incidentGroup,
    openedAt: signal.changedAt,
    severity,
    alarms: [alarm],
  };
  return { board: { ...board, open: [...board.open, incident] }, tellings: [{ kind: "opened", incident }] };
}

/** An incident of alarms alone is over when the last of them is off; a layer's failure ends with a complete run. */
function turnOff(board: Board, { name, changedAt }: AlarmSignal): Advance {
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
