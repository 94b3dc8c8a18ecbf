import { DescribeStacksCommand, ListStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import type { DoctorPorts, StackResource } from "./doctor-ports.ts";

/** The deployed stack: its state and all of its resources. */
export interface DeployedStack {
  status: string;
  /** True when termination protection is on. */
  isProtected: boolean;
  /** Account and region of the credentials: `account 000000000000, ap-northeast-1`. */
  place: string;
  resources: StackResource[];
}

/** Reads the stack and its resources from CloudFormation. */
export async function readStack({ cloudFormation, stage }: DoctorPorts): Promise<DeployedStack> {
  const StackName = `baton-${stage}`;
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  const resources: StackResource[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudFormation.send(new ListStackResourcesCommand({ StackName, NextToken }));
    for (const resource of page.StackResourceSummaries ?? []) {
      resources.push({
        id: resource.LogicalResourceId ?? "",
        type: resource.ResourceType ?? "",
        physicalId: resource.PhysicalResourceId ?? "",
      });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const [stack] = Stacks ?? [];
  // arn:aws:cloudformation:<region>:<account>:stack/...
  const [, , , region = "unknown", account = "unknown"] = stack?.StackId?.split(":") ?? [];
  return {
    status: stack?.StackStatus ?? "unknown",
    isProtected: stack?.EnableTerminationProtection === true,
    place: `account ${account}, ${region}`,
    resources,
  };
}

/** Resources of one type. */
export function ofType({ resources }: DeployedStack, type: string): StackResource[] {
  return resources.filter((resource) => resource.type === type);
}
