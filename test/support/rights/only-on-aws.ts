/** Actions that AWS does not allow to be restricted to a resource, with a reference for each. */
export const wildcards: Readonly<Record<string, string>> = {
  "xray:PutTraceSegments": "no resource types (Service Authorization Reference, AWS X-Ray)",
  "xray:PutTelemetryRecords": "no resource types (Service Authorization Reference, AWS X-Ray)",
  ...Object.fromEntries(
    [
      "CreateNetworkInterface",
      "DescribeNetworkInterfaces",
      "DescribeSubnets",
      "DeleteNetworkInterface",
      "AssignPrivateIpAddresses",
      "UnassignPrivateIpAddresses",
    ].map((action) => [
      `ec2:${action}`,
      "Lambda creates the interface before it has a name (Lambda Developer Guide, 'Giving functions access to VPC resources', required IAM permissions)",
    ]),
  ),
};

/** Rights that a local environment does not have, so that `test/e2e/rights.test.ts` cannot revoke them. */
export const onlyOnAws: readonly { actions: string; reason: string }[] = [
  { actions: "kms:", reason: "the emulator's queues, topics and objects do not check a key's policy" },
  { actions: "ec2:", reason: "the emulator's functions have no network" },
];

/** Why an action is not tested; undefined if it must be tested. */
export function reasonOnAws(action: string): string | undefined {
  return onlyOnAws.find(({ actions }) => action.startsWith(actions))?.reason;
}
