import { LambdaClient } from "@aws-sdk/client-lambda";
import { clientOptionsOf } from "./client-options-of.ts";
import { namesWithQueues } from "./function-names.ts";

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
  const lambda = new LambdaClient(await clientOptionsOf(stage));
  return { lambda, functionName: `baton-${stage}-replay`, layers: await namesWithQueues() };
}
