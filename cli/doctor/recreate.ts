import { isLocalStage } from "../../shared/config/is-local-stage.ts";

const WHY = "a deployment alone does not recreate deleted resources";

/**
 * The command that recreates a deleted resource of the stack. CloudFormation recreates it only with a drift-aware
 * change set; otherwise it deploys only changes of the template.
 *
 * @see CloudFormation User Guide, "Using drift-aware change sets"
 */
export function recreate(stage: string): string {
  if (stage === "local") return "./baton local down, then ./baton local up";
  if (isLocalStage(stage)) {
    return `npx serverless remove --stage ${stage}, then deploy/deploy ${stage}: ${WHY}. The warehouse and the secrets are kept`;
  }
  const changeSet = `--stack-name baton-${stage} --change-set-name recreate`;
  return (
    `aws cloudformation create-change-set ${changeSet} --use-previous-template --deployment-mode REVERT_DRIFT ` +
    `--capabilities CAPABILITY_NAMED_IAM, review it, then aws cloudformation execute-change-set ${changeSet}: ${WHY}`
  );
}
