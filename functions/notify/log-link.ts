/** Where a stage's logs are. */
export interface LogPlace {
  stage: string;
  region: string;
  /** The emulator's address; empty on AWS. */
  endpoint: string;
}

/** CloudWatch's console wants its parameters encoded twice, with $ for %. */
function encodeTwice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}

/** Where to read the log of a function, narrowed down to a run. */
export function logLink(name: string, runId: string | undefined, { stage, region, endpoint }: LogPlace): string {
  const group = `/aws/lambda/baton-${stage}-${name}`;
  if (endpoint !== "") return `log group ${group} at ${endpoint}`;
  const filter = runId === undefined ? "" : `/log-events$3FfilterPattern$3D${encodeTwice(`"${runId}"`)}`;
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${encodeTwice(group)}${filter}`;
}
