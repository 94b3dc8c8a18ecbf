import { isLocalStage } from "../../shared/config/is-local-stage.ts";

const WHY = "a deployment alone brings back only what it changes";

/**
 * How a resource of the stack that somebody has deleted comes back. CloudFormation makes again only what its template
 * changes, unless it is asked to compare with what is there.
 *
 * @see CloudFormation User Guide, "Using drift-aware change sets"
 */
export function recreate(stage: string): string {
  if (stage === "local") return "./baton local down, then ./baton local up";
  if (isLocalStage(stage)) {
    return `npx serverless remove --stage ${stage}, then deploy/deploy ${stage}: ${WHY}. Warehouse and secrets stay`;
  }
  const changeSet = `--stack-name baton-${stage} --change-set-name mend`;
  return (
    `aws cloudformation create-change-set ${changeSet} --use-previous-template --deployment-mode REVERT_DRIFT ` +
    `--capabilities CAPABILITY_NAMED_IAM, look at it, then aws cloudformation execute-change-set ${changeSet}: ${WHY}`
  );
}
