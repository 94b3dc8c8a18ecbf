import { z } from "zod";

/** What dbt tells of one node while it works. */
export interface NodeProgress {
  /** dbt's unique id, such as `model.baton.stg_tenants`. */
  uniqueId: string;
  name: string;
  resourceType: string;
  state: "started" | "finished";
  /** dbt's word for the result: success, error, fail, warn, pass, skipped. */
  status: string;
  message: string;
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
  node_finished_at: z.string().default(""),
});
const line = z.object({
  info: z.object({ name: z.string(), level: z.string(), msg: z.string().default("") }),
  data: z
    .object({
      node_info: nodeInfo.optional().catch(undefined),
      execution_time: z.number().optional().catch(undefined),
    })
    .default({}),
});

/** Reads a line of `dbt --log-format json`; undefined when it is none. */
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
  return { level: info.level, name: info.name, message: info.msg, node: nodeProgress(data, info.msg) };
}

/** Every line about a node carries its state; which kinds of line there are differs between releases of dbt. */
function nodeProgress(data: z.infer<typeof line>["data"], message: string): NodeProgress | undefined {
  const node = data.node_info;
  if (node === undefined) return undefined;
  const isFinished = node.node_finished_at !== "";
  return {
    uniqueId: node.unique_id,
    name: node.node_name,
    resourceType: node.resource_type,
    state: isFinished ? "finished" : "started",
    status: node.node_status,
    message: isFinished ? message : "",
    durationMs: data.execution_time === undefined ? undefined : Math.round(data.execution_time * 1_000),
  };
}
