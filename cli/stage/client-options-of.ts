import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import type { StageAccess } from "./stage-access.ts";

/**
 * Options for SDK clients of an environment. On AWS, a command that needs nothing else works without access to the
 * warehouse and to CloudFormation.
 *
 * @throws PermanentError LOCAL_STACK_DOWN with the command that helps
 */
export async function clientOptionsOf(stage: string): Promise<StageAccess["clientOptions"]> {
  if (stage !== LOCAL_STAGE) return {};
  const { requireLocalStack, clientOptions } = await import("./local-stage.ts");
  return clientOptions(await requireLocalStack());
}
