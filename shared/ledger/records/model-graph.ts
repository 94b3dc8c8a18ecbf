import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { fromJson } from "../schema/rows.ts";

/** A source, seed or model, with what it is built from. */
export interface GraphNode {
  /** `<layer>.<name>`, where seeds and sources stand under the name of their schema. */
  id: string;
  name: string;
  kind: "source" | "seed" | "model";
  layer: string;
  /** Ids of nodes. */
  dependsOn: string[];
}

interface GraphRow extends RowDataPacket {
  nodes: GraphNode[] | string;
}

/** Keeps the graph of the models that a layer has just built; the latest stands. */
export async function recordModelGraph(
  pool: Pool,
  layer: string,
  runId: string,
  nodes: readonly GraphNode[],
): Promise<void> {
  await pool.query(
    `INSERT INTO model_graph (layer, run_id, nodes, recorded_at) VALUES (?, ?, ?, UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE run_id = VALUES(run_id), nodes = VALUES(nodes), recorded_at = VALUES(recorded_at)`,
    [layer, runId, JSON.stringify(nodes)],
  );
}

/** Reads the newest graph of all models; empty before the first build. */
export async function readModelGraph(connection: Connection): Promise<GraphNode[]> {
  const [[row]] = await connection.query<GraphRow[]>("SELECT nodes FROM model_graph ORDER BY recorded_at DESC LIMIT 1");
  return row === undefined ? [] : (fromJson<GraphNode[]>(row.nodes) ?? []);
}
