/** Where the logs of an environment are. */
export interface LogPlace {
  stage: string;
  region: string;
  /** Address of the emulator; empty on AWS. */
  endpoint: string;
}

/** The CloudWatch console expects its parameters to be encoded twice, with $ instead of %. */
function encodeTwice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}

/** Where to read the log of a function, filtered by run. */
export function logLink(name: string, runId: string | undefined, { stage, region, endpoint }: LogPlace): string {
  const group = `/aws/lambda/baton-${stage}-${name}`;
  if (endpoint !== "") return `log group ${group} at ${endpoint}`;
  const filter = runId === undefined ? "" : `/log-events$3FfilterPattern$3D${encodeTwice(`"${runId}"`)}`;
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${encodeTwice(group)}${filter}`;
}
