import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readLayerTable } from "../../../local/layer-table.ts";
import { aws, awsJson } from "../../support/aws-cli.ts";
import { testServices } from "../../support/services.ts";
import { handWrittenTemplate, type HandWrittenTemplate } from "./hand-written-template.ts";
import { packagedTemplate } from "./packaged-template.ts";
import { rightsIn } from "./rights-in.ts";
import { servicesCalledBy } from "./services-called.ts";

const S3_LIST = "pl-61a54008";

/** Rights of functions in the VPC that need no endpoint. */
const CALLED_BY_OTHERS: Readonly<Record<string, string>> = {
  ec2: "Lambda makes the function's network interface",
  kms: "S3, SQS and Secrets Manager ask for data keys in the role's name",
  logs: "Lambda brings a function's output, metrics among it, to CloudWatch Logs (docs/decisions/deployment/043)",
  "rds-db": "a token is signed, not asked for; the server checks it",
  xray: "Lambda's own daemon sends the traces",
};

/** Types that the emulator's CloudFormation lacks. Their effect is read from the template. */
const NOT_ON_THE_EMULATOR = ["AWS::EC2::SecurityGroupIngress"];

const functionsSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** Names of the functions in a template that run in the VPC. */
function functionsInVpc(template: string): string[] {
  const { Resources } = functionsSchema.parse(JSON.parse(template));
  return Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === "AWS::Lambda::Function" && Properties["VpcConfig"] !== undefined
      ? [String(Properties["FunctionName"]).replace("baton-prod-", "")]
      : [],
  );
}

const endpointSchema = z.object({
  ServiceName: z.object({ "Fn::Sub": z.templateLiteral(["com.amazonaws.${AWS::Region}.", z.string()]) }),
});

/** Services of the endpoints, with the condition that creates each. */
function endpointsIn({ Resources }: HandWrittenTemplate): { service: string; condition: string | undefined }[] {
  return Object.values(Resources)
    .filter(({ Type }) => Type === "AWS::EC2::VPCEndpoint")
    .map(({ Condition, Properties }) => ({
      service: endpointSchema.parse(Properties).ServiceName["Fn::Sub"].replace("com.amazonaws.${AWS::Region}.", ""),
      condition: Condition,
    }));
}

interface Rule {
  IpProtocol: string;
  FromPort?: number;
  IpRanges: { CidrIp: string }[];
  PrefixListIds: { PrefixListId: string }[];
  UserIdGroupPairs: { GroupId: string }[];
}

/** `tcp 443 sg-1`, sorted. */
function readable(rules: readonly Rule[]): string[] {
  return rules
    .flatMap(({ IpProtocol, FromPort, IpRanges, PrefixListIds, UserIdGroupPairs }) =>
      [
        ...IpRanges.map(({ CidrIp }) => CidrIp),
        ...PrefixListIds.map(({ PrefixListId }) => PrefixListId),
        ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
      ].map((where) => `${IpProtocol}${FromPort === undefined ? "" : ` ${FromPort}`} ${where}`),
    )
    .sort();
}

describe("the template of the network", () => {
  let template: HandWrittenTemplate;
  let packaged: string;
  beforeAll(async () => {
    [template, packaged] = await Promise.all([handWrittenTemplate("network.yml"), packagedTemplate("plain")]);
  }, 120_000);

  it("has an endpoint for each service that a function in the VPC calls, and creates others only on request", async () => {
    const names = functionsInVpc(packaged);
    const handlers = new Map((await readLayerTable()).map(({ name, handler }) => [name, handler]));
    const called = await Promise.all(
      names.map((name) => servicesCalledBy(handlers.get(name) ?? `functions/${name}/handler`)),
    );
    const made = endpointsIn(template).filter(
      ({ condition = "" }) => JSON.stringify(template.Conditions[condition]).includes("CloudWatch") === false,
    );

    expect(names).toEqual(
      expect.arrayContaining(["staging", "silver", "gold", "sweep", "replay", "pulse", "docs", "review"]),
    );
    expect(names).not.toContain("notify");
    expect(made.map(({ service }) => service).sort()).toEqual([...new Set(called.flat())].sort());
    for (const { condition = "" } of made) {
      const [parameter] = z.object({ "Fn::Equals": z.tuple([z.object({ Ref: z.string() }), z.literal("create")]) })
        .parse(template.Conditions[condition])["Fn::Equals"]; // prettier-ignore
      expect(template.Parameters[parameter.Ref]).toMatchObject({ Default: "create" });
    }
  }, 60_000);

  it("has an endpoint for each permission of a function in the VPC, unless there is a documented reason", () => {
    const roles = functionsInVpc(packaged).map((name) => `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}Role`);
    const services = new Set(
      rightsIn(packaged).flatMap(({ role, action }) => (roles.includes(role) ? [action.split(":")[0] ?? ""] : [])),
    );
    const reached = endpointsIn(template).map(({ service }) => service);

    const unreached = [...services].filter((service) => !reached.includes(service) || service in CALLED_BY_OTHERS);
    expect(unreached.filter((service) => CALLED_BY_OTHERS[service] === undefined)).toEqual([]);
    expect(services).toContain("secretsmanager");
  });

  it("creates CloudWatch's endpoints on request", () => {
    const offered = endpointsIn(template).filter(({ condition }) => condition === "MakeCloudWatch");

    expect(offered.map(({ service }) => service)).toEqual(["logs", "monitoring", "xray"]);
    expect(template.Parameters["CloudWatchEndpoints"]).toMatchObject({ Default: "none" });
  });

  it("restricts endpoints that carry data to identities and resources of the account", () => {
    const account = { Ref: "AWS::AccountId" };
    const within = { StringEquals: { "aws:PrincipalAccount": account, "aws:ResourceAccount": account } };
    const policies = Object.entries(template.Resources).flatMap(([id, { Type, Condition, Properties }]) =>
      Type === "AWS::EC2::VPCEndpoint" && Condition !== "MakeCloudWatch" ? [{ id, Properties }] : [],
    );

    expect(policies.map(({ id }) => id)).toEqual(["S3", "Sqs", "Events", "SecretsManager"]);
    for (const { Properties } of policies) {
      expect(Properties["PolicyDocument"]).toMatchObject({
        Statement: [{ Effect: "Allow", Condition: { "Fn::If": ["IsForAccount", within, { Ref: "AWS::NoValue" }] } }],
      });
    }
  });

  it("allows the functions to reach the endpoints and the port of the cluster", () => {
    const admissions = Object.values(template.Resources).flatMap(({ Type, Properties }) =>
      Type === "AWS::EC2::SecurityGroupIngress" ? [Properties] : [],
    );
    const from = { IpProtocol: "tcp", SourceSecurityGroupId: { Ref: "FunctionsSecurityGroup" } };
    const https = { ...from, FromPort: 443, ToPort: 443 };
    const port = { Ref: "DatabasePort" };

    expect(admissions).toEqual([
      expect.objectContaining({ ...https, GroupId: { Ref: "EndpointsSecurityGroup" } }),
      expect.objectContaining({ ...https, GroupId: { Ref: "ExistingEndpointsSecurityGroupId" } }),
      expect.objectContaining({ ...from, FromPort: port, ToPort: port, GroupId: { Ref: "ClusterSecurityGroupId" } }),
    ]);
  });

  describe("deployed", () => {
    let folder: string;
    let file: string;
    let cluster: string;
    let vpc: string;
    let subnets: string[];
    const stacks: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(testServices().folder, "network-"));
      file = join(folder, "network.json");
      const Resources = Object.fromEntries(
        Object.entries(template.Resources).filter(([, { Type }]) => !NOT_ON_THE_EMULATOR.includes(Type)),
      );
      await writeFile(file, JSON.stringify({ ...template, Resources }));
      const { Vpcs } = await awsJson<{ Vpcs: { VpcId: string }[] }>("ec2", "describe-vpcs");
      vpc = Vpcs[0]?.VpcId ?? "";
      const found = await awsJson<{ Subnets: { SubnetId: string }[] }>("ec2", "describe-subnets");
      subnets = found.Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId);
      const group = ["--group-name", "cluster", "--description", "Aurora", "--vpc-id", vpc];
      cluster = (await awsJson<{ GroupId: string }>("ec2", "create-security-group", ...group)).GroupId;
    }, 60_000);
    afterAll(async () => {
      for (const name of stacks) await aws("cloudformation", "delete-stack", "--stack-name", name);
      await aws("ec2", "delete-security-group", "--group-id", cluster);
      await rm(folder, { recursive: true });
    }, 60_000);

    /** Deploys it as docs/deploy.md describes. @returns its outputs */
    async function deploy(name: string, ...parameters: string[]): Promise<Record<string, string>> {
      stacks.push(name);
      await aws(
        ...["cloudformation", "deploy", "--template-file", file, "--stack-name", name, "--parameter-overrides"],
        ...[`VpcId=${vpc}`, `SubnetIds=${subnets.join(",")}`, "RouteTableIds=rtb-1", `S3PrefixListId=${S3_LIST}`],
        ...[`ClusterSecurityGroupId=${cluster}`, ...parameters],
      );
      const described = await awsJson<{ Stacks: { Outputs: { OutputKey: string; OutputValue: string }[] }[] }>(
        ...["cloudformation", "describe-stacks", "--stack-name", name],
      );
      return Object.fromEntries(
        described.Stacks[0]?.Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [],
      );
    }
    async function groupOf(id: string): Promise<{ out: string[]; in: string[] }> {
      const found = await awsJson<{ SecurityGroups: { IpPermissions: Rule[]; IpPermissionsEgress: Rule[] }[] }>(
        ...["ec2", "describe-security-groups", "--group-ids", id],
      );
      const [{ IpPermissions = [], IpPermissionsEgress = [] } = {}] = found.SecurityGroups;
      return { out: readable(IpPermissionsEgress), in: readable(IpPermissions) };
    }
    async function resourcesOf(name: string): Promise<Record<string, string>> {
      const found = await awsJson<{ StackResources: { LogicalResourceId: string; PhysicalResourceId: string }[] }>(
        ...["cloudformation", "describe-stack-resources", "--stack-name", name],
      );
      return Object.fromEntries(
        found.StackResources.map(({ LogicalResourceId, PhysicalResourceId }) => [
          LogicalResourceId,
          PhysicalResourceId,
        ]),
      );
    }

    it("allows outbound traffic of the functions to the cluster, the endpoints and S3 only", async () => {
      const outputs = await deploy("network-whole");

      const ids = await resourcesOf("network-whole");
      expect(outputs).toEqual({
        VpcSubnetIds: subnets.join(","),
        VpcSecurityGroupIds: ids["FunctionsSecurityGroup"],
      });
      expect(await groupOf(ids["FunctionsSecurityGroup"] ?? "")).toEqual({
        out: [`tcp 3306 ${cluster}`, `tcp 443 ${ids["EndpointsSecurityGroup"] ?? ""}`, `tcp 443 ${S3_LIST}`].sort(),
        in: [],
      });
      expect(await groupOf(ids["EndpointsSecurityGroup"] ?? "")).toEqual({ out: ["-1 127.0.0.1/32"], in: [] });
      expect(Object.keys(ids).sort()).toEqual(
        ["FunctionsSecurityGroup", "EndpointsSecurityGroup", "S3", "Sqs", "Events", "SecretsManager"].sort(),
      );
    }, 60_000);

    it("skips endpoints that the VPC has, and reaches the internet only through a NAT gateway", async () => {
      const none = ["S3", "Sqs", "Events", "SecretsManager"].map((name) => `${name}Endpoint=none`);
      const others = ["ExistingEndpointsSecurityGroupId=sg-0a", "EndpointClientsCidr=10.0.0.0/16", "DatabasePort=3307"];
      await deploy("network-nat", ...none, ...others, "NatGateway=true", "CloudWatchEndpoints=create");

      const ids = await resourcesOf("network-nat");
      expect((await groupOf(ids["FunctionsSecurityGroup"] ?? "")).out).toEqual(
        [
          ...[`tcp 3307 ${cluster}`, `tcp 443 ${ids["EndpointsSecurityGroup"] ?? ""}`, `tcp 443 ${S3_LIST}`],
          ...["tcp 443 sg-0a", "tcp 443 0.0.0.0/0"],
        ].sort(),
      );
      expect((await groupOf(ids["EndpointsSecurityGroup"] ?? "")).in).toEqual(["tcp 443 10.0.0.0/16"]);
      expect(Object.keys(ids).sort()).toEqual(
        ["FunctionsSecurityGroup", "EndpointsSecurityGroup", "Logs", "Monitoring", "Xray"].sort(),
      );
    }, 60_000);
  });
});
