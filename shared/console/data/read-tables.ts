import type { Connection, RowDataPacket } from "mysql2/promise";
import type { TableRows } from "./report.ts";

interface RowsOfTable extends RowDataPacket {
  run_id: string;
  layer: string;
  name: string;
  row_count: number;
}

/**
 * Reads the row counts of every table that the reported run built or kept, with those of the previous run and of the
 * last runs.
 *
 * @param trendRuns ids, oldest first; the last one is the reported run
 * @param previousRunId the run that changes are compared with
 * @param completed layers that the reported run completed; the others may not have built all of their tables
 */
export async function readTables(
  connection: Connection,
  trendRuns: readonly string[],
  previousRunId: string | null,
  completed: ReadonlySet<string>,
): Promise<TableRows[]> {
  const reported = trendRuns.at(-1);
  if (reported === undefined) return [];
  const runs = [...new Set([...trendRuns, ...(previousRunId === null ? [] : [previousRunId])])];
  const [rows] = await connection.query<RowsOfTable[]>(
    `SELECT run_id, layer, name, row_count FROM step
      WHERE run_id IN (?) AND kind IN ('table', 'seed', 'model') AND row_count IS NOT NULL
        AND state IN ('completed', 'kept')`,
    [runs],
  );
  const byTable = Map.groupBy(rows, ({ layer, name }) => `${layer}\n${name}`);
  return [...byTable.values()]
    .flatMap((ofTable): TableRows[] => {
      const counts = new Map(ofTable.map(({ run_id, row_count }) => [run_id, Number(row_count)]));
      const [first] = ofTable;
      const now = counts.get(reported) ?? null;
      const before = previousRunId === null ? null : (counts.get(previousRunId) ?? null);
      if (first === undefined || (now === null && before === null)) return [];
      // a table that the layer has not built yet is not missing
      if (now === null && !completed.has(first.layer)) return [];
      return [
        {
          layer: first.layer,
          table: first.name,
          rows: now,
          before,
          trend: trendRuns.map((run) => counts.get(run) ?? null),
        },
      ];
    })
    .sort((a, b) => a.layer.localeCompare(b.layer) || a.table.localeCompare(b.table));
}

/** Change of a table since the previous run, as a share; null when either run has no rows to compare. */
export function changeOf({ rows, before }: TableRows): number | null {
  if (before === null || rows === null) return null;
  if (before === 0) return rows === 0 ? 0 : null;
  return (rows - before) / before;
}
