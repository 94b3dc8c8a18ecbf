import type { RowDataPacket } from "mysql2/promise";
import type { RecordedError } from "../../errors/errors.ts";
import type { Detail, DumpReference, LayerStats } from "../../../events/schemas.ts";
import type { LayerState, RunState } from "./states.ts";

/** A row of `run`. */
export interface RunRow extends RowDataPacket {
  seq: number;
  run_id: string;
  business_date: string;
  state: RunState;
  requested_by: string;
  correlation_id: string;
  dump: DumpReference | string | null;
  is_forced: number;
  from_layer: string | null;
  /** The event that starts the run when its turn comes. */
  request: Detail<"PipelineRequested"> | string | null;
  turn_started_at: Date | null;
  started_at: Date;
  finished_at: Date | null;
}

/** A row of `layer_run`. */
export interface LayerRunRow extends RowDataPacket {
  run_id: string;
  layer: string;
  state: LayerState;
  attempt: number;
  first_attempt: number;
  replay_id: string | null;
  caused_by: string;
  started_at: Date;
  claimed_at: Date;
  heartbeat_at: Date;
  finished_at: Date | null;
  next_attempt_at: Date | null;
  purged_at: Date | null;
  stats: LayerStats | string | null;
  error: RecordedError | string | null;
  superseded_by: string | null;
  progress: unknown;
}

/** A row of `step`. */
export interface StepRow extends RowDataPacket {
  run_id: string;
  layer: string;
  name: string;
  kind: string;
  attempt: number;
  state: string;
  row_count: number | null;
  byte_count: number | null;
  duration_ms: number | null;
  content_hash: string | null;
  message: string | null;
  recorded_at: Date;
}

/** Reads a JSON column: MySQL's driver gives a value, MariaDB's JSON is text. */
export function fromJson<T>(value: T | string | null): T | null {
  // the ledger wrote the column itself, from a value of this type
  return typeof value === "string" ? (JSON.parse(value) as T) : value;
}
