import { isLocalStage } from "../../shared/config/is-local-stage.ts";
import { ok, warning, type Check } from "./check.ts";
import type { DeployedStack } from "./read-stack.ts";

/** Checks that the stack is protected from deletion; local environments need no protection. */
export function checkProtection(stage: string, { isProtected }: DeployedStack): Check[] {
  if (isLocalStage(stage)) return [];
  if (isProtected) return [ok("protection", "the stack is protected from deletion, and its data is retained")];
  return [
    warning(
      "protection",
      "the stack is not protected: a deletion also deletes its data",
      `Deploy with --param=deletionProtection=true. For termination protection only: aws cloudformation update-termination-protection --enable-termination-protection --stack-name baton-${stage}`,
    ),
  ];
}
