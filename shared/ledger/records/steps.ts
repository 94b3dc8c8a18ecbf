import type { Pool } from "mysql2/promise";
import { withoutValues } from "../../errors/without-values.ts";
import type { AttemptKey } from "../claims/settle.ts";

/** A part of a layer's work: a table load or a dbt node. */
export interface Step {
  /** dbt's unique ID; by default the name. */
  id?: string | undefined;
  name: string;
  kind: "table" | "seed" | "model" | "test" | "stage";
  state: "running" | "completed" | "kept" | "warned" | "failed" | "skipped";
  rows?: number | undefined;
  bytes?: number | undefined;
  durationMs?: number | undefined;
  contentHash?: string | undefined;
  message?: string | undefined;
}

/** Records steps while a layer works; a later state of a step replaces an earlier one. */
export type RecordSteps = (steps: readonly Step[]) => Promise<void>;

/** Longest recorded message, characters; the log has the whole text. */
const MAX_MESSAGE = 2_000;

/** Makes the recorder of an attempt's steps. */
export function stepRecorder(pool: Pool, key: AttemptKey): RecordSteps {
  return async (steps) => {
    if (steps.length === 0) return;
    const row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))";
    await pool.query(
      `INSERT INTO step (run_id, layer, step_id, name, kind, attempt, state, row_count, byte_count, duration_ms, content_hash,
          message, recorded_at)
        VALUES ${steps.map(() => row).join(", ")}
        ON DUPLICATE KEY UPDATE kind = VALUES(kind), attempt = VALUES(attempt), state = VALUES(state),
          row_count = COALESCE(VALUES(row_count), row_count), byte_count = COALESCE(VALUES(byte_count), byte_count),
          duration_ms = COALESCE(VALUES(duration_ms), duration_ms), content_hash = VALUES(content_hash),
          message = COALESCE(VALUES(message), message), recorded_at = VALUES(recorded_at)`,
      steps.flatMap((step) => [
        key.runId,
        key.layer,
        step.id ?? step.name,
        step.name.slice(0, 128),
        step.kind,
        key.attempt,
        step.state,
        step.rows ?? null,
        step.bytes ?? null,
        step.durationMs ?? null,
        step.contentHash ?? null,
        step.message === undefined ? null : withoutValues(step.message).slice(0, MAX_MESSAGE),
      ]),
    );
  };
}
