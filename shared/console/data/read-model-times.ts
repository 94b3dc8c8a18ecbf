import type { Connection, RowDataPacket } from "mysql2/promise";
import type { ModelTime, ReportedRun } from "./report.ts";

/** Days before the reported run whose run times count as usual. */
export const USUAL_DAYS = 30;

interface TimeRow extends RowDataPacket {
  run_id: string;
  layer: string;
  name: string;
  duration_ms: number;
  is_usual: number;
}

/**
 * Reads the run time of each model that the run built, and the median of the completed runs of the 30 days before it.
 * Sorted by how much longer than usual a model took, the largest difference first.
 *
 * @param trendRuns IDs, oldest first
 */
export async function readModelTimes(
  connection: Connection,
  run: ReportedRun | null,
  trendRuns: readonly string[],
): Promise<ModelTime[]> {
  if (run === null) return [];
  const startedAt = new Date(run.startedAt);
  const [rows] = await connection.query<TimeRow[]>(
    `SELECT step.run_id, layer, name, duration_ms,
        run.state = 'completed' AND run.started_at < ? AND run.started_at >= ? AS is_usual
      FROM step JOIN run USING (run_id)
      WHERE kind = 'model' AND step.state = 'completed' AND duration_ms IS NOT NULL
        AND (run.started_at BETWEEN ? AND ? OR step.run_id IN (?))`,
    [startedAt, daysBefore(startedAt), daysBefore(startedAt), startedAt, [...trendRuns, run.id]],
  );
  const byModel = Map.groupBy(rows, ({ layer, name }) => `${layer}\n${name}`);
  return [...byModel.values()]
    .flatMap((ofModel): ModelTime[] => {
      const byRun = new Map(ofModel.map(({ run_id, duration_ms }) => [run_id, Number(duration_ms)]));
      const durationMs = byRun.get(run.id);
      const [first] = ofModel;
      if (first === undefined || durationMs === undefined) return [];
      const usual = ofModel
        .filter(({ is_usual }) => Number(is_usual) === 1)
        .map(({ duration_ms }) => Number(duration_ms));
      return [
        {
          layer: first.layer,
          model: first.name,
          durationMs,
          usualMs: medianOf(usual),
          trend: trendRuns.map((id) => byRun.get(id) ?? null),
        },
      ];
    })
    .sort((a, b) => excessOf(b) - excessOf(a) || a.model.localeCompare(b.model));
}

function daysBefore(date: Date): Date {
  return new Date(date.getTime() - USUAL_DAYS * 86_400_000);
}

function excessOf({ durationMs, usualMs }: ModelTime): number {
  return durationMs - (usualMs ?? durationMs);
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
