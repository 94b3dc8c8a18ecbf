/**
 * How a resource of the stack that somebody has deleted comes back. CloudFormation makes again only what its template
 * changes, so that a mere deployment would leave the gap.
 */
export function recreate(stage: string): string {
  if (stage === "local") return "./baton local down, then ./baton local up";
  return (
    `npx serverless remove --stage ${stage}, then npx serverless deploy --stage ${stage}: a deployment alone brings ` +
    "back only what it changes. Warehouse and bucket stay"
  );
}
