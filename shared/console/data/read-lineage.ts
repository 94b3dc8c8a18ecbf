import type { Connection, RowDataPacket } from "mysql2/promise";
import { readModelGraph } from "../../ledger/records/model-graph.ts";
import type { LineageNode } from "./report.ts";

interface StepRow extends RowDataPacket {
  layer: string;
  name: string;
  kind: string;
  state: string;
  row_count: number | null;
  duration_ms: number | null;
}

interface FailedTestsRow extends RowDataPacket {
  model: string;
  failed: number;
}

/** Reads the graph of models with the state that each node had in a run. */
export async function readLineage(connection: Connection, runId: string): Promise<LineageNode[]> {
  const graph = await readModelGraph(connection);
  const [steps] = await connection.query<StepRow[]>(
    `SELECT layer, name, kind, state, row_count, duration_ms FROM step
      WHERE run_id = ? AND kind IN ('table', 'seed', 'model')`,
    [runId],
  );
  const [tests] = await connection.query<FailedTestsRow[]>(
    // a retried attempt runs only some of the tests again
    `SELECT model, COUNT(*) AS failed FROM quality_result AS result
      WHERE run_id = ? AND status IN ('fail', 'error')
        AND attempt = (SELECT MAX(attempt) FROM quality_result AS newest
          WHERE newest.run_id = result.run_id AND newest.layer = result.layer AND newest.test = result.test)
      GROUP BY model`,
    [runId],
  );
  const stepOf = new Map(steps.map((step) => [`${step.kind === "table" ? "source" : step.kind}.${step.name}`, step]));
  const failed = new Map(tests.map((row) => [row.model, row.failed]));
  const models = new Set(graph.filter(({ kind }) => kind === "model").map(({ name }) => name));
  return graph.map((node) => {
    const step = stepOf.get(`${node.kind}.${node.name}`);
    return {
      ...node,
      // a model's own past is read as it was published, and no run loads it
      state: step?.state ?? (node.kind === "source" && models.has(node.name) ? "kept" : "pending"),
      rows: step?.row_count ?? null,
      durationMs: step?.duration_ms ?? null,
      failedTests: failed.get(node.name) ?? 0,
    };
  });
}
