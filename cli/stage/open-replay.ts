import { LambdaClient } from "@aws-sdk/client-lambda";
import { readLayerTable } from "../../local/layer-table.ts";
import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import { openStage } from "./open-stage.ts";

/** Functions other than layers that have queues. */
const LISTENERS = ["notify", "refresh", "console", "docs"];

/** The replay function of an environment. */
export interface ReplayAccess {
  lambda: LambdaClient;
  functionName: string;
  /** Names of the functions with DLQs: the layers, in the order of the layer table, then other functions. */
  layers: string[];
}

/**
 * Finds the replay function of an environment. On AWS it only needs lambda:InvokeFunction, because the function's name
 * follows from the environment's.
 *
 * @throws PermanentError LOCAL_STACK_DOWN with the command that helps
 */
export async function openReplay(stage: string): Promise<ReplayAccess> {
  const layers = [...(await readLayerTable()).map(({ name }) => name), ...LISTENERS];
  if (stage !== LOCAL_STAGE) return { lambda: new LambdaClient({}), functionName: `baton-${stage}-replay`, layers };
  const { clientOptions, replayFunction } = await openStage(stage);
  return { lambda: new LambdaClient(clientOptions), functionName: replayFunction, layers };
}
