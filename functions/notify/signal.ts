import type { AlarmKindName } from "../../shared/observability/alarm-catalogue.ts";
import type { LayerFailure } from "./board.ts";

/** An alarm has changed its state. */
export interface AlarmSignal {
  kind: "alarm";
  name: string;
  alarm: AlarmKindName;
  /** Layer, queue or function; empty for alarms of the whole stage. */
  subject: string;
  state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  changedAt: string;
  /** Why, in CloudWatch's words. */
  reason: string;
  /** True when it comes back after the time that the layer's own event was given to arrive. */
  isDeferred: boolean;
}

/** What reaches the notify function; instants are ISO 8601, UTC. */
export type Signal =
  | { kind: "layer-failed"; failure: LayerFailure }
  | { kind: "run-completed"; runId: string; businessDate: string; finishedAt: string }
  | { kind: "dashboards-refreshed"; runId: string; businessDate: string; finishedAt: string }
  | AlarmSignal;
