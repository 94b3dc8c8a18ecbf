import type { AlarmKindName } from "../../shared/observability/alarm-catalogue.ts";
import type { LayerFailure } from "./board.ts";

/** A change of an alarm's state. */
export interface AlarmSignal {
  kind: "alarm";
  name: string;
  alarm: AlarmKindName;
  /** Layer, queue or function; empty for alarms of the whole environment. */
  subject: string;
  state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  changedAt: string;
  /** The reason, as CloudWatch words it. */
  reason: string;
  /** True when the time is over in which the layer's event, which has more details, can arrive. */
  hasWaited: boolean;
}

/** The input of the notify function; times are ISO 8601, UTC. */
export type Signal =
  | { kind: "layer-failed"; failure: LayerFailure }
  | { kind: "run-completed"; runId: string; businessDate: string; finishedAt: string }
  | { kind: "dashboards-refreshed"; runId: string; businessDate: string; finishedAt: string }
  | AlarmSignal;
