import { z } from "zod";
import { failed, ok, warning, type Check } from "../doctor/check.ts";
import { propertiesOf, type PreflightPorts } from "./preflight-ports.ts";

/** Services that the functions in the VPC call (docs/decisions/deployment/043). */
const SERVICES = ["s3", "sqs", "events", "secretsmanager"];
/** Lambda creates an interface for each pair of subnet and security group, and more under load. */
const INTERFACES_PER_SUBNET = 8;
const QUOTA_OF_INTERFACES = "L-DF5E4CA3";

const vpcConfigSchema = z.object({ SubnetIds: z.array(z.string()), SecurityGroupIds: z.array(z.string()) });
const subnetSchema = z.looseObject({
  ...{ SubnetId: z.string(), VpcId: z.string(), AvailabilityZone: z.string(), AvailableIpAddressCount: z.number() },
});

/** Checks subnets, security groups, endpoints and the quota of network interfaces. */
export async function checkNetwork(ports: PreflightPorts): Promise<Check[]> {
  const [config] = propertiesOf(ports.template, "AWS::Lambda::Function").flatMap(({ VpcConfig }) => VpcConfig ?? []);
  if (config === undefined) return [ok("network", "none: the functions run outside a VPC")];
  const { SubnetIds, SecurityGroupIds } = vpcConfigSchema.parse(config);
  const { aws } = ports;
  const subnetsSchema = z.object({ Subnets: z.array(subnetSchema) });
  const { Subnets } = await aws(subnetsSchema, "ec2", "describe-subnets", "--subnet-ids", ...SubnetIds);
  const groupsSchema = z.object({ SecurityGroups: z.array(z.looseObject({ VpcId: z.string() })) });
  const { SecurityGroups } = await aws(groupsSchema, "ec2", "describe-security-groups", "--group-ids", ...SecurityGroupIds);
  const vpcs = new Set([...Subnets, ...SecurityGroups].map(({ VpcId }) => VpcId));
  const vpc = [...vpcs].join(", ");
  const zones = new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone)).size;
  const full = Subnets.filter(({ AvailableIpAddressCount }) => AvailableIpAddressCount < INTERFACES_PER_SUBNET);
  if (vpcs.size > 1) return [failed("network", `subnets and security groups are in several VPCs: ${vpc}`, "docs/deploy.md, step 1: SUBNETS")];
  if (full.length > 0) {
    const names = full.map(({ SubnetId, AvailableIpAddressCount: left }) => `${SubnetId} (${left})`).join(", ");
    return [failed("network", `too few free addresses: ${names}, needed ${INTERFACES_PER_SUBNET}`, "Use larger subnets: docs/deploy.md, step 1: SUBNETS")];
  }
  const found = `${vpc}, ${Subnets.length} subnets in ${zones} zones`;
  return [
    zones > 1 ? ok("network", found) : warning("network", found, "Use subnets in at least two availability zones: docs/deploy.md, step 1"),
    await checkEndpoints(ports, vpc, SubnetIds),
    await checkInterfaces(ports),
  ];
} // prettier-ignore

async function checkEndpoints({ aws, region }: PreflightPorts, vpc: string, subnets: string[]): Promise<Check> {
  const inVpc = `Name=vpc-id,Values=${vpc}`;
  const schema = z.object({ VpcEndpoints: z.array(z.looseObject({ ServiceName: z.string() })) });
  const { VpcEndpoints } = await aws(schema, "ec2", "describe-vpc-endpoints", "--filters", inVpc);
  const names = VpcEndpoints.map(({ ServiceName }) => ServiceName);
  const missing = SERVICES.filter((service) => !names.includes(`com.amazonaws.${region}.${service}`));
  if (missing.length === 0) return ok("VPC endpoints", SERVICES.join(", "));
  const routes = z.object({ RouteTables: z.array(z.looseObject({ Routes: z.array(z.looseObject({ NatGatewayId: z.string().optional() })) })) });
  const { RouteTables } = await aws(routes, "ec2", "describe-route-tables", "--filters", inVpc, `Name=association.subnet-id,Values=${subnets.join(",")}`);
  const hasNat = RouteTables.some(({ Routes }) => Routes.some(({ NatGatewayId }) => NatGatewayId !== undefined));
  if (hasNat) return ok("VPC endpoints", `without ${missing.join(", ")}: the subnets have a NAT gateway`);
  return failed("VPC endpoints", `none for ${missing.join(", ")}, and no NAT gateway: the functions cannot call these services`, "docs/deploy.md, step 2: deploy/network.yml");
} // prettier-ignore

async function checkInterfaces({ aws }: PreflightPorts): Promise<Check> {
  const name = "network interfaces";
  const quotaArgs = ["--service-code", "vpc", "--quota-code", QUOTA_OF_INTERFACES];
  const quota = await aws(z.object({ Quota: z.object({ Value: z.number() }) }), "service-quotas", "get-service-quota", ...quotaArgs);
  const { NetworkInterfaces } = await aws(z.object({ NetworkInterfaces: z.array(z.unknown()) }), "ec2", "describe-network-interfaces");
  const found = `${NetworkInterfaces.length} of ${quota.Quota.Value} used`;
  if (quota.Quota.Value - NetworkInterfaces.length > 2 * INTERFACES_PER_SUBNET) return ok(name, found);
  return failed(name, found, `aws service-quotas request-service-quota-increase ${quotaArgs.join(" ")} --desired-value ${quota.Quota.Value * 2}`);
} // prettier-ignore
