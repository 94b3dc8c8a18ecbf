import { z } from "zod";
import { nodeMessageSchema } from "./dbt-artifacts.ts";

/** The progress of one node in dbt's log. */
export interface NodeProgress {
  /** dbt's unique ID, such as `model.baton.stg_orders`. */
  uniqueId: string;
  name: string;
  resourceType: string;
  state: "started" | "finished";
  /** dbt's status of the result: success, error, fail, warn, pass, skipped. */
  status: string;
  /** Message of the database or the test; only in the last line about a node. */
  message: string | undefined;
  durationMs: number | undefined;
}

/** A line of dbt's JSON log. */
export interface DbtLogLine {
  level: string;
  name: string;
  message: string;
  node: NodeProgress | undefined;
}

const nodeInfo = z.object({
  unique_id: z.string(),
  node_name: z.string(),
  resource_type: z.string(),
  node_status: z.string().default(""),
});
const line = z.object({
  info: z.object({ name: z.string(), level: z.string(), msg: z.string().default("") }),
  data: z
    .object({
      node_info: nodeInfo.optional().catch(undefined),
      execution_time: z.number().optional().catch(undefined),
      run_result: z
        .object({ message: nodeMessageSchema.nullish(), execution_time: z.number().optional() })
        .optional()
        .catch(undefined),
    })
    .default({}),
});

/** Parses a line of `dbt --log-format json`; undefined when it is not one. */
export function parseDbtLogLine(text: string): DbtLogLine | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = line.safeParse(json);
  if (!parsed.success) return undefined;
  const { info, data } = parsed.data;
  return { level: info.level, name: info.name, message: info.msg, node: nodeProgress(info.name, data) };
}

/** The launcher raises these two events to the log's level; other lines about a node are texts for people. */
function nodeProgress(event: string, data: z.infer<typeof line>["data"]): NodeProgress | undefined {
  const node = data.node_info;
  if (node === undefined || (event !== "NodeStart" && event !== "NodeFinished")) return undefined;
  const isFinished = event === "NodeFinished";
  const seconds = data.run_result?.execution_time ?? data.execution_time;
  return {
    uniqueId: node.unique_id,
    name: node.node_name,
    resourceType: node.resource_type,
    state: isFinished ? "finished" : "started",
    status: node.node_status,
    message: data.run_result?.message ?? undefined,
    durationMs: seconds === undefined ? undefined : Math.round(seconds * 1_000),
  };
}
