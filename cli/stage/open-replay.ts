import { LambdaClient } from "@aws-sdk/client-lambda";
import { readLayerTable } from "../../local/layer-table.ts";
import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import { openStage } from "./open-stage.ts";

/** Functions that have queues of their own as layers do. */
const LISTENERS = ["notify", "refresh", "console", "docs"];

/** The replay function of a stage. */
export interface ReplayAccess {
  lambda: LambdaClient;
  functionName: string;
  /** Names of those with dead letters: the layers, in the order of the layer table, then other listeners. */
  layers: string[];
}

/**
 * Finds the replay function of a stage. On AWS it takes no right but lambda:InvokeFunction: its name follows from the
 * stage's.
 *
 * @throws PermanentError LOCAL_STACK_DOWN with the command that helps
 */
export async function openReplay(stage: string): Promise<ReplayAccess> {
  const layers = [...(await readLayerTable()).map(({ name }) => name), ...LISTENERS];
  if (stage !== LOCAL_STAGE) return { lambda: new LambdaClient({}), functionName: `baton-${stage}-replay`, layers };
  const { lambda, replayFunction } = await openStage(stage);
  return { lambda, functionName: replayFunction, layers };
}
