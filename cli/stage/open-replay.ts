import { LambdaClient } from "@aws-sdk/client-lambda";
import { clientOptions } from "../../local/deploy.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import { LOCAL_STAGE, localStatus } from "../../local/stack.ts";
import { PermanentError } from "../../shared/errors/errors.ts";

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
  const status = await localStatus();
  if (status === undefined) {
    throw new PermanentError("LOCAL_STACK_DOWN", "the local stack does not run", {
      kind: "target",
      advice: "./baton local up",
    });
  }
  return { lambda: new LambdaClient(clientOptions(status)), functionName: status.replayFunction, layers };
}
