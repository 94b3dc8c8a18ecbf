import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import type { StageAccess } from "./stage-access.ts";

/** Bus and bucket of an environment: what a command needs that works by events only. */
export type BusAccess = Pick<StageAccess, "stage" | "bus" | "bucket" | "clientOptions">;

/**
 * Finds bus and bucket of an environment. On AWS it needs `cloudformation:DescribeStacks` and no access to the warehouse.
 *
 * @throws PermanentError LOCAL_STACK_DOWN or STAGE_NOT_DEPLOYED with the command that helps
 */
export async function openBus(stage: string): Promise<BusAccess> {
  if (stage === LOCAL_STAGE) return (await import("./local-stage.ts")).openLocalStage();
  const output = await (await import("./aws-stage.ts")).readOutputs(stage);
  return { stage, bus: output("BusName"), bucket: output("BucketName"), clientOptions: {} };
}
