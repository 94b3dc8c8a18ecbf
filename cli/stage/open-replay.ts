import { LambdaClient } from "@aws-sdk/client-lambda";
import { clientOptionsOf } from "./client-options-of.ts";

/** The replay function of an environment. */
export interface ReplayAccess {
  lambda: LambdaClient;
  functionName: string;
}

/**
 * Finds the replay function of an environment. On AWS it only needs lambda:InvokeFunction, because the function's name
 * follows from the environment's.
 *
 * @throws PermanentError LOCAL_STACK_DOWN with the command that helps
 */
export async function openReplay(stage: string): Promise<ReplayAccess> {
  const lambda = new LambdaClient(await clientOptionsOf(stage));
  return { lambda, functionName: `baton-${stage}-replay` };
}
