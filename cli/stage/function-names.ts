import { readLayerTable } from "../../local/layer-table.ts";

/** Functions other than layers that have queues. */
const LISTENERS = ["notify", "refresh", "console", "docs", "review", "migrate"];

/** Names of the functions with DLQs: the layers, in the order of the layer table, then others. */
export async function namesWithQueues(): Promise<string[]> {
  return [...(await readLayerTable()).map(({ name }) => name), ...LISTENERS];
}

/** Names of all functions of an environment. */
export async function functionNames(): Promise<string[]> {
  return [...(await namesWithQueues()), "sweep", "pulse", "replay"];
}
