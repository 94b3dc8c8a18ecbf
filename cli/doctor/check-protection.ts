import { isLocalStage } from "../../shared/config/is-local-stage.ts";
import { ok, warning, type Check } from "./check.ts";
import type { DeployedStack } from "./read-stack.ts";

/** Checks that the stack is protected from deletion; local environments need no protection. */
export function checkProtection(stage: string, { isProtected }: DeployedStack): Check[] {
  if (isLocalStage(stage)) return [];
  if (isProtected) return [ok("protection", "the stack cannot be removed, and what holds data outlives it")];
  return [
    warning(
      "protection",
      "the stack can be removed, with everything that it holds",
      `Deploy with --param=deletionProtection=true. Only the lock: aws cloudformation update-termination-protection --enable-termination-protection --stack-name baton-${stage}`,
    ),
  ];
}
