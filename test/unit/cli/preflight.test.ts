import type { Aws } from "../../../cli/preflight/aws.ts";
import { runPreflight } from "../../../cli/preflight/run-preflight.ts";
import { parseTemplate } from "../../../cli/preflight/template.ts";

const PLACE = "ap-northeast-1:123456789012";
const IMAGE = `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/baton-prod-dbt@sha256:${"0a".repeat(32)}`;

/** The parts of a template that the checks read. */
const RESOURCES = {
  Function: {
    Type: "AWS::Lambda::Function",
    Properties: {
      ...{ Image: IMAGE, Key: `arn:aws:kms:${PLACE}:key/0f1e`, Secret: `arn:aws:secretsmanager:${PLACE}:secret:dbt` },
      VpcConfig: { SubnetIds: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] },
    },
  },
  Mapping: { Type: "AWS::Lambda::EventSourceMapping", Properties: {} },
  GoldDlq: {
    ...{ Type: "AWS::SQS::Queue", DeletionPolicy: "RetainExceptOnCreate" },
    Properties: { QueueName: "baton-prod-gold-dlq" },
  },
};
const subnet = (id: string, zone: string, free = 100): object => ({
  ...{ SubnetId: id, VpcId: "vpc-1", AvailabilityZone: zone, AvailableIpAddressCount: free },
});
const endpoints = (...services: string[]): object => ({
  VpcEndpoints: services.map((service) => ({ ServiceName: `com.amazonaws.ap-northeast-1.${service}` })),
});
const missing = new Error("An error occurred (ValidationError): Stack with id baton-prod does not exist");

/** The answers of an account that is ready, in the form of the AWS CLI. An Error is a refusal. */
const READY: Readonly<Record<string, unknown>> = {
  "sts get-caller-identity": { Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/admin" },
  "lambda get-account-settings": { AccountLimit: { UnreservedConcurrentExecutions: 1000 } },
  "secretsmanager describe-secret": { Name: "baton/prod/dbt" },
  "ecr describe-images": { imageDetails: [{}] },
  "kms describe-key": { KeyMetadata: { KeyState: "Enabled" } },
  "kms get-key-policy": { Policy: "events.amazonaws.com sns.amazonaws.com cloudwatch.amazonaws.com logs.x" },
  "ec2 describe-subnets": { Subnets: [subnet("subnet-1", "a"), subnet("subnet-2", "c")] },
  "ec2 describe-security-groups": { SecurityGroups: [{ VpcId: "vpc-1" }] },
  "ec2 describe-vpc-endpoints": endpoints("s3", "sqs", "events", "secretsmanager"),
  "ec2 describe-route-tables": { RouteTables: [{ Routes: [{}] }] },
  "ec2 describe-network-interfaces": { NetworkInterfaces: [1, 2] },
  "service-quotas get-service-quota": { Quota: { Value: 5000 } },
  "iam list-open-id-connect-providers": { OpenIDConnectProviderList: [] },
  "cloudformation describe-stacks": missing,
  "cloudformation list-stack-resources": { StackResourceSummaries: [] },
  "cloudformation list-change-sets": { Summaries: [] },
  "cloudformation describe-change-set": {
    Status: "CREATE_COMPLETE",
    Changes: [{ ResourceChange: { Action: "Add", LogicalResourceId: "GoldDlq" } }],
  },
  "sqs get-queue-url": new Error("An error occurred (AWS.SimpleQueueService.NonExistentQueue)"),
};

async function run(more: Readonly<Record<string, unknown>> = {}, isEmulator = false) {
  const calls: string[] = [];
  const aws: Aws = (schema, ...args) => {
    const command = args.slice(0, 2).join(" ");
    calls.push(args.join(" "));
    const answer = { ...READY, ...more }[command] ?? {};
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(schema.parse(answer));
  };
  const template = parseTemplate(JSON.stringify({ Resources: RESOURCES }));
  const checks = await runPreflight({
    stage: "prod",
    aws,
    isEmulator,
    package: () => Promise.resolve(template),
  });
  return { calls, found: Object.fromEntries(checks.map(({ name, state, found }) => [name, `${state}: ${found}`])) };
}

/** No emulator has quotas, network and registry: the AWS CLI is replaced by its answers. */
describe("preflight", () => {
  beforeEach(() => {
    process.env["AWS_REGION"] = "ap-northeast-1";
  });

  it("finds nothing in an account that is ready, and leaves nothing behind", async () => {
    const { found, calls } = await run();

    expect(Object.values(found).filter((text) => !text.startsWith("ok: "))).toEqual([]);
    expect(found["change set"]).toBe("ok: 1 to add, 0 to change, 0 to remove");
    const made = calls.filter((call) => /create-change-set|create-bucket|put-object/.test(call));
    const removed = calls.filter((call) => /delete-change-set|delete-bucket|delete-object/.test(call));
    expect([made.length, removed.length]).toEqual([3, 3]);
  });

  it.each<[check: string, found: RegExp, answers: Record<string, unknown>]>([
    ["account and region", /^failed: the credentials are for 5{12} in .*123456789012/, { "sts get-caller-identity": { Account: "555555555555", Arn: "a" } }],
    ["Lambda concurrency", /^warning: 1 concurrent executions, needed 2/, { "lambda get-account-settings": { AccountLimit: { UnreservedConcurrentExecutions: 1 } } }],
    ["secrets", /^failed: will be deleted: dbt/, { "secretsmanager describe-secret": { Name: "dbt", DeletedDate: 1 } }],
    ["secrets", /^failed: the check could not run: .*AccessDenied/, { "secretsmanager describe-secret": new Error("AccessDenied") }],
    ["image", /^failed: the check could not run: .*ImageNotFound/, { "ecr describe-images": new Error("ImageNotFoundException") }],
    ["KMS key", /^failed: .*policy does not name sns/, { "kms get-key-policy": { Policy: "events.amazonaws.com cloudwatch.amazonaws.com logs." } }],
    ["KMS key", /^failed: .*it is PendingDeletion/, { "kms describe-key": { KeyMetadata: { KeyState: "PendingDeletion" } } }],
    ["network", /^failed: subnets and security groups are in several VPCs: vpc-1, vpc-2/, { "ec2 describe-security-groups": { SecurityGroups: [{ VpcId: "vpc-2" }] } }],
    ["network", /^failed: too few free addresses: subnet-1 \(3\), needed 8/, { "ec2 describe-subnets": { Subnets: [subnet("subnet-1", "a", 3)] } }],
    ["network", /^warning: vpc-1, 1 subnets in 1 zones/, { "ec2 describe-subnets": { Subnets: [subnet("subnet-1", "a")] } }],
    ["VPC endpoints", /^failed: none for events, secretsmanager, and no NAT/, { "ec2 describe-vpc-endpoints": endpoints("s3", "sqs") }],
    ["network interfaces", /^failed: 2 of 10 used/, { "service-quotas get-service-quota": { Quota: { Value: 10 } } }],
    ["names", /^failed: retained from a removed environment or layer: baton-prod-gold-dlq/, { "sqs get-queue-url": {} }],
    ["change set", /^failed: CloudFormation refuses the template: bad/, { "cloudformation describe-change-set": { Status: "FAILED", StatusReason: "bad" } }],
    ["change set", /^failed: baton-prod is ROLLBACK_COMPLETE/, { "cloudformation describe-stacks": { Stacks: [{ StackStatus: "ROLLBACK_COMPLETE" }] } }],
  ])("names what is wrong: %s %s", async (check, expected, answers) => {
    expect((await run(answers)).found[check]).toMatch(expected);
  }); // prettier-ignore

  it("says what the emulator cannot answer", async () => {
    const { found } = await run({}, true);

    const unchecked = Object.entries(found).filter(([, text]) => text.startsWith("warning: not checked"));
    expect(unchecked.map(([name]) => name)).toEqual(["image", "network", "network interfaces"]);
  });

  it("names GitHub's provider, if the account has it", async () => {
    const Arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    const { found } = await run({ "iam list-open-id-connect-providers": { OpenIDConnectProviderList: [{ Arn }] } });

    expect(found["OIDC provider"]).toBe(`ok: for deploy/deployer.yml: OidcProviderArn=${Arn}`);
  });

  it("deletes only a stack that its change set has created", async () => {
    const isDelete = (call: string): boolean => call.startsWith("cloudformation delete-stack");
    const states = { CREATE_COMPLETE: 0, UPDATE_ROLLBACK_COMPLETE: 0, REVIEW_IN_PROGRESS: 1 };
    for (const [StackStatus, expected] of Object.entries(states)) {
      const { calls } = await run({ "cloudformation describe-stacks": { Stacks: [{ StackStatus }] } });
      expect({ StackStatus, deleted: calls.filter(isDelete).length }).toEqual({ StackStatus, deleted: expected });
    }
    // somebody else's change set waits for its review
    const waiting = { "cloudformation list-change-sets": { Summaries: [{}] } };
    const review = { "cloudformation describe-stacks": { Stacks: [{ StackStatus: "REVIEW_IN_PROGRESS" }] } };
    expect((await run({ ...review, ...waiting })).calls.filter(isDelete)).toEqual([]);
  });

  it("stops at settings from which no template can be packaged", async () => {
    const checks = await runPreflight({
      ...{ stage: "prod", isEmulator: false, aws: () => Promise.reject(new Error("no credentials")) },
      package: () => Promise.reject(new Error("CLUSTER is not set")),
    });

    expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(["settings failed", "credentials failed"]);
    expect(checks[0]).toMatchObject({ found: expect.stringContaining("CLUSTER is not set") as string });
  });
});
