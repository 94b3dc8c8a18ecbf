import type { Connection, RowDataPacket } from "mysql2/promise";
import type { DumpReference, LayerStats } from "../../../events/schemas.ts";
import type { RecordedError } from "../../errors/errors.ts";
import { nextAttemptAt } from "../../ledger/claims/next-attempt.ts";
import { fromJson, type LayerRunRow, type RunRow } from "../../ledger/schema/rows.ts";
import { reportedState } from "./read-history.ts";
import type { ReportedAttempt, ReportedError, ReportedLayer, ReportedRun } from "./report.ts";
import { withoutValues } from "../../errors/without-values.ts";

interface AttemptRow extends RowDataPacket {
  layer: string;
  attempt: number;
  state: string;
  started_at: Date;
  finished_at: Date | null;
  pattern: string | null;
  error: RecordedError | string | null;
}

/** Maximum length of a message on the page; the logs have the complete message. */
const MAX_MESSAGE = 600;

/** Shortens a message for the page and removes values of rows. */
export function shortMessage(text: string): string {
  const message = withoutValues(text);
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** Shortens an error for the page and removes values of rows. */
export function reportedError(json: RecordedError | string | null): ReportedError | null {
  const error = fromJson<RecordedError>(json);
  if (error === null) return null;
  return {
    code: error.code,
    message: shortMessage(error.message),
    advice: error.advice ?? null,
  };
}

/**
 * Reads a run with its layers and attempts.
 *
 * @param layers names in the order of the layer table; those without a record are pending
 * @returns null when the run does not exist
 */
export async function readRun(
  connection: Connection,
  runId: string | undefined,
  layers: readonly string[],
  now: Date,
): Promise<ReportedRun | null> {
  if (runId === undefined) return null;
  const [[run]] = await connection.query<RunRow[]>("SELECT * FROM run WHERE run_id = ?", [runId]);
  if (run === undefined) return null;
  const [rows] = await connection.query<LayerRunRow[]>("SELECT * FROM layer_run WHERE run_id = ?", [runId]);
  const [attempts] = await connection.query<AttemptRow[]>(
    `SELECT layer, attempt, state, started_at, finished_at, pattern, error FROM attempt
      WHERE run_id = ? ORDER BY started_at, attempt`,
    [runId],
  );
  const names = [...new Set([...layers, ...rows.map(({ layer }) => layer)])];
  const isRetrying = run.state === "running" && rows.some(({ state }) => state === "retrying");
  const dump = fromJson<DumpReference>(run.dump);
  return {
    id: run.run_id,
    businessDate: run.business_date,
    state: isRetrying ? "retrying" : reportedState(run.state),
    requestedBy: run.requested_by,
    startedAt: run.started_at.toISOString(),
    finishedAt: run.finished_at?.toISOString() ?? null,
    durationMs: Math.max(0, (run.finished_at ?? now).getTime() - run.started_at.getTime()),
    dump: dump === null ? null : { key: dump.key, bytes: dump.bytes, takenAt: dump.takenAt },
    layers: names.map((name) =>
      reportedLayer(
        name,
        rows.find(({ layer }) => layer === name),
        now,
      ),
    ),
    attempts: attempts.map((attempt) =>
      reportedAttempt(
        attempt,
        rows.find(({ layer }) => layer === attempt.layer),
      ),
    ),
  };
}

function reportedLayer(name: string, row: LayerRunRow | undefined, now: Date): ReportedLayer {
  if (row === undefined) {
    return { name, state: "pending", attempts: 0, durationMs: null, rows: null, nextAttemptAt: null, error: null };
  }
  return {
    name,
    state: reportedState(row.state),
    attempts: row.attempt,
    durationMs: Math.max(0, (row.finished_at ?? now).getTime() - row.started_at.getTime()),
    rows: fromJson<LayerStats>(row.stats)?.rows ?? null,
    nextAttemptAt: nextAttemptAt(row),
    error: reportedError(row.error),
  };
}

/** The last attempt of a superseded or cancelled layer did not fail: it ended with its layer. */
function reportedAttempt(row: AttemptRow, ofLayer: LayerRunRow | undefined): ReportedAttempt {
  const endedWithLayer =
    row.state === "interrupted" &&
    row.attempt === ofLayer?.attempt &&
    (ofLayer.state === "superseded" || ofLayer.state === "cancelled");
  return {
    layer: row.layer,
    attempt: row.attempt,
    state: reportedState(endedWithLayer ? ofLayer.state : row.state),
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    pattern: row.pattern,
    error: reportedError(row.error),
  };
}
