import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import type { StageAccess } from "./stage-access.ts";

/**
 * Finds a deployed environment: the local stack, or a stack in the AWS account of the current credentials.
 *
 * @throws PermanentError LOCAL_STACK_DOWN or STAGE_NOT_DEPLOYED with the command that helps
 */
export async function openStage(stage: string): Promise<StageAccess> {
  if (stage === LOCAL_STAGE) return (await import("./local-stage.ts")).openLocalStage();
  return (await import("./aws-stage.ts")).openAwsStage(stage);
}
