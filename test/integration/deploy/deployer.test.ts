import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { handWrittenTemplate, type HandWrittenTemplate } from "./hand-written-template.ts";
import { BOUNDARY, CLUSTER_ID, KEY, packagedTemplate } from "./packaged-template.ts";
import { allowing, deployedStatements, isDenied, type Statement } from "./policy.ts";
import { namedResources, namesIn, PSEUDO } from "./resource-arns.ts";
import { rightsIn } from "./rights-in.ts";

const NAMES = {
  ...PSEUDO,
  Stage: "prod",
  KeyArn: KEY,
  Boundary: BOUNDARY,
  DatabaseUserPrefix: "baton_",
  ClusterId: CLUSTER_ID,
};
/** Maximum number of characters, without spaces. @see IAM User Guide, "IAM and AWS STS quotas" */
const LIMITS = { inRole: 10_240, managed: 6_144 };

/**
 * The minimum calls that CloudFormation makes for a type with the deployer's rights. @see the types' schemas,
 * "handlers"
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "AWS::CloudWatch::Alarm": ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"],
  "AWS::CloudWatch::CompositeAlarm": ["cloudwatch:PutCompositeAlarm", "cloudwatch:DeleteAlarms"],
  "AWS::CloudWatch::Dashboard": ["cloudwatch:PutDashboard", "cloudwatch:GetDashboard"],
  "AWS::DynamoDB::Table": [
    ...["dynamodb:CreateTable", "dynamodb:DescribeTable", "dynamodb:UpdateTable", "dynamodb:UpdateContinuousBackups"],
    ...["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource"],
  ],
  "AWS::Events::Archive": ["events:CreateArchive", "events:DescribeArchive", "events:UpdateArchive"],
  "AWS::Events::EventBus": ["events:CreateEventBus", "events:DescribeEventBus"],
  "AWS::Events::EventBusPolicy": ["events:PutPermission", "events:RemovePermission", "events:DescribeEventBus"],
  "AWS::Events::Rule": [
    ...["events:PutRule", "events:DescribeRule", "events:PutTargets", "events:ListTargetsByRule"],
    ...["events:RemoveTargets", "events:DeleteRule"],
  ],
  "AWS::IAM::Role": [
    ...["iam:CreateRole", "iam:GetRole", "iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy"],
    ...["iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:DeleteRole", "iam:PassRole"],
    ...["iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary"],
  ],
  "AWS::Lambda::EventSourceMapping": [
    ...["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"],
    ...["lambda:DeleteEventSourceMapping", "lambda:TagResource"],
  ],
  "AWS::Lambda::EventInvokeConfig": [
    ...["lambda:PutFunctionEventInvokeConfig", "lambda:GetFunctionEventInvokeConfig"],
    ...["lambda:UpdateFunctionEventInvokeConfig", "lambda:DeleteFunctionEventInvokeConfig"],
  ],
  "AWS::Lambda::Function": [
    ...["lambda:CreateFunction", "lambda:GetFunction", "lambda:UpdateFunctionCode", "lambda:DeleteFunction"],
    ...["lambda:UpdateFunctionConfiguration", "lambda:GetFunctionCodeSigningConfig", "lambda:ListVersionsByFunction"],
    ...["lambda:GetRuntimeManagementConfig", "lambda:GetFunctionRecursionConfig", "lambda:TagResource"],
  ],
  "AWS::Lambda::Permission": ["lambda:AddPermission", "lambda:RemovePermission", "lambda:GetPolicy"],
  "AWS::Logs::LogGroup": ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey", "logs:TagResource"],
  "AWS::S3::Bucket": [
    ...["s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"],
    ...["s3:PutBucketPublicAccessBlock", "s3:PutBucketNotification", "s3:GetBucketLocation", "s3:PutBucketTagging"],
  ],
  "AWS::S3::BucketPolicy": ["s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"],
  "AWS::SNS::Subscription": ["sns:Subscribe", "sns:ListSubscriptionsByTopic"],
  "AWS::SNS::Topic": ["sns:CreateTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:TagResource"],
  "AWS::SNS::TopicPolicy": ["sns:SetTopicAttributes"],
  "AWS::SQS::Queue": ["sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:DeleteQueue"],
  "AWS::SQS::QueuePolicy": ["sqs:SetQueueAttributes"],
  "AWS::Scheduler::Schedule": [
    ...["scheduler:CreateSchedule", "scheduler:GetSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"],
  ],
};

/** Actions that the deployer must not perform, each similar to an action that it may perform. */
const FORBIDDEN = [
  ["s3:GetObject", "arn:aws:s3:::baton-prod-123456789012/dumps/gghouse_20260207.sql"],
  ["s3:PutObject", "arn:aws:s3:::baton-prod-123456789012/dumps/gghouse_20260207.sql"],
  ["s3:DeleteBucket", "arn:aws:s3:::baton-prod-123456789012"],
  ["sqs:ReceiveMessage", "arn:aws:sqs:ap-northeast-1:123456789012:baton-prod-staging"],
  ["sqs:SendMessage", "arn:aws:sqs:ap-northeast-1:123456789012:baton-prod-staging"],
  ["dynamodb:DeleteTable", "arn:aws:dynamodb:ap-northeast-1:123456789012:table/baton-prod-incidents"],
  ["lambda:InvokeFunction", "arn:aws:lambda:ap-northeast-1:123456789012:function:baton-prod-replay"],
  ["secretsmanager:GetSecretValue", "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:baton/prod/dbt-AbCdEf"],
  ["cloudformation:DeleteStack", "arn:aws:cloudformation:ap-northeast-1:123456789012:stack/baton-prod/0f1e"],
  ["cloudformation:UpdateStack", "arn:aws:cloudformation:ap-northeast-1:123456789012:stack/deploy-baton-prod/0f1e"],
  ["kms:ScheduleKeyDeletion", KEY],
  ["iam:PutRolePolicy", "arn:aws:iam::123456789012:role/deploy-baton-prod"],
  ["iam:CreatePolicyVersion", BOUNDARY],
  ["iam:DeleteRolePermissionsBoundary", "arn:aws:iam::123456789012:role/baton-prod-staging"],
  // another environment, whose name begins with this one's
  ["events:PutRule", "arn:aws:events:ap-northeast-1:123456789012:rule/baton-prod2/baton-prod2-staging"],
  ["ecr:PutImage", "arn:aws:ecr:ap-northeast-1:123456789012:repository/baton-dev-dbt"],
] as const;

/** What the deployer cannot do even if a policy, a grant or a role that it deploys allows it. */
const DENIED = [
  ["s3:GetObject", "arn:aws:s3:::baton-prod-123456789012/dumps/gghouse_20260207.sql"],
  ["s3:DeleteObjectVersion", "arn:aws:s3:::baton-prod-123456789012/dumps/gghouse_20260207.sql"],
  ["sqs:ReceiveMessage", "arn:aws:sqs:ap-northeast-1:123456789012:baton-prod-staging"],
  ["sqs:SendMessage", "arn:aws:sqs:ap-northeast-1:123456789012:baton-prod-notify"],
  ["sns:Publish", "arn:aws:sns:ap-northeast-1:123456789012:dashboard-etl-alerts-prod"],
  ["lambda:InvokeFunction", "arn:aws:lambda:ap-northeast-1:123456789012:function:baton-prod-replay"],
  ["secretsmanager:GetSecretValue", "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:baton/prod/dbt-AbCdEf"],
  ["dynamodb:GetItem", "arn:aws:dynamodb:ap-northeast-1:123456789012:table/baton-prod-incidents"],
  ["sts:AssumeRole", "arn:aws:iam::123456789012:role/baton-prod-staging"],
] as const;
const CODE = "arn:aws:s3:::baton-prod-serverlessdeploymentbucket-1a2b/code.zip";
const READS = /:(Get|List|Describe|Validate|BatchGet|BatchCheck|Tag|Untag)/;

const documentSchema = z.object({ PolicyDocument: z.unknown() });

describe("the template of the deployer", () => {
  let template: HandWrittenTemplate;
  let deployer: Statement[];
  let boundary: Statement[];
  beforeAll(async () => {
    template = await handWrittenTemplate("deployer.yml");
    const { Policies } = z
      .object({ Policies: z.tuple([documentSchema]) })
      .parse(template.Resources["Deployer"]?.Properties);
    const { PolicyDocument } = documentSchema.parse(template.Resources["Boundary"]?.Properties);
    deployer = deployedStatements(Policies[0].PolicyDocument, NAMES, ["HasKey", "HasCluster"]);
    boundary = deployedStatements(PolicyDocument, NAMES, ["HasKey", "HasCluster"]);
  });

  it("has the permissions that CloudFormation needs for each resource of the environment", async () => {
    const missing = namedResources(await packagedTemplate("signed")).flatMap(({ id, type, arn }) => {
      const calls = CALLS[type];
      if (calls === undefined) return [`${type} (${id}): nobody has said what CloudFormation calls for it`];
      return calls
        .filter((action) => allowing(deployer, action, arn).length === 0)
        .map((action) => `${action} on ${arn}`);
    });

    expect([...new Set(missing)]).toEqual([]);
  }, 120_000);

  it.each(FORBIDDEN)("may not do %s on %s", (action, resource) => {
    expect(allowing(deployer, action, resource)).toEqual([]);
  });

  it.each(DENIED)("is denied %s on %s, whatever it deploys", (action, resource) => {
    expect(isDenied(deployer, action, resource)).toBe(true);
  });

  it("may put only requests of runs on the environment's bus", () => {
    expect(allowing(deployer, "events:PutEvents", "arn:aws:events:ap-northeast-1:123456789012:event-bus/baton-prod")).toEqual([
      expect.objectContaining({
        Condition: { StringEquals: { "events:source": "baton", "events:detail-type": "PipelineRequested" } },
      }),
    ]); // prettier-ignore
    expect(allowing(deployer, "events:PutEvents", "arn:aws:events:ap-northeast-1:123456789012:event-bus/default")).toEqual([]);
  }); // prettier-ignore

  it("is denied nothing that it needs for the code", () => {
    for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObjectVersion"]) {
      expect(isDenied(deployer, action, CODE)).toBe(false);
      expect(allowing(deployer, action, CODE)).toHaveLength(1);
    }
  });

  it("has no permission to change something whose consequence docs/deploy.md does not describe", async () => {
    const page = await readFile(join(projectRoot, "docs/deploy.md"), "utf8");
    const [, section = ""] = page.split("### What CI is trusted with");
    const described = [...section.matchAll(/`([a-z0-9]+:[A-Z][A-Za-z]*\*?)`/g)].map(([, action]) => action);

    const changes = deployer
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap(({ Action }) => Action)
      .filter((action) => !READS.test(action));

    expect([...new Set(described)].sort()).toEqual([...new Set(changes)].sort());
  });

  it("creates grants of the key for AWS services only", () => {
    expect(allowing(deployer, "kms:CreateGrant", KEY)).toEqual([
      expect.objectContaining({ Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } } }),
    ]);
  });

  it("gives roles of an environment no user of another cluster, and no key but those of topics without its own", () => {
    const user = "arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:";
    const { PolicyDocument } = documentSchema.parse(template.Resources["Boundary"]?.Properties);
    const plain = deployedStatements(PolicyDocument, NAMES, []);
    const otherKey = "arn:aws:kms:ap-northeast-1:123456789012:key/another";

    expect(allowing(boundary, "rds-db:connect", `${user}${CLUSTER_ID}/baton_dbt`)).toHaveLength(1);
    expect(allowing(boundary, "rds-db:connect", `${user}${CLUSTER_ID}/baton_operator`)).toEqual([]);
    expect(allowing(boundary, "rds-db:connect", `${user}cluster-OTHER/baton_dbt`)).toEqual([]);
    expect(allowing(plain, "rds-db:connect", `${user}${CLUSTER_ID}/baton_dbt`)).toEqual([]);
    expect(allowing(boundary, "kms:Decrypt", otherKey)).toEqual([]);
    expect(allowing(plain, "kms:Decrypt", otherKey)).toEqual([
      expect.objectContaining({
        Condition: { StringEquals: { "kms:ViaService": "sns.ap-northeast-1.amazonaws.com" } },
      }),
    ]);
  });

  it("is only for environments whose names no other name extends by a hyphen", () => {
    const { AllowedPattern } = z.looseObject({ AllowedPattern: z.string() }).parse(template.Parameters["Stage"]);
    const isAllowed = (stage: string): boolean => new RegExp(`^(?:${AllowedPattern})$`).test(stage);

    expect(["prod", "prod2", "local-deployer"].every(isAllowed)).toBe(true);
    expect(["prod-eu", "prod-", "Prod"].some(isAllowed)).toBe(false);
  });

  it("creates and changes roles only within the permissions boundary", () => {
    const role = "arn:aws:iam::123456789012:role/baton-prod-staging";
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]) {
      expect(allowing(deployer, action, role)).toEqual([
        expect.objectContaining({ Condition: { StringEquals: { "iam:PermissionsBoundary": BOUNDARY } } }),
      ]);
    }
    expect(allowing(deployer, "iam:AttachRolePolicy", role)).toEqual([]);
  });

  // GitHub Docs, "OpenID Connect reference": repositories since mid-2026 have the IDs of owner and repository in `sub`
  it.each([
    ["example/baton", "repo:example/baton:ref:refs/heads/main"],
    ["example@123456/baton@987654321", "repo:example@123456/baton@987654321:ref:refs/heads/main"],
  ])("trusts the tokens of one branch of %s, and of no other repository", (Repository, subject) => {
    const { AllowedPattern } = z.looseObject({ AllowedPattern: z.string() }).parse(template.Parameters["Repository"]);
    const trust = z
      .object({ Statement: z.tuple([z.object({ Condition: z.record(z.string(), z.unknown()) })]) })
      .parse(template.Resources["Deployer"]?.Properties["AssumeRolePolicyDocument"]);
    const statement = { Sid: "", Action: "", Resource: "", Condition: trust.Statement[0].Condition };

    const [deployed] = deployedStatements({ Statement: [statement] }, { ...NAMES, Repository, Branch: "main" }, []);

    expect(Repository).toMatch(new RegExp(`^(?:${AllowedPattern})$`));
    // StringEquals: a wildcard in the value has no meaning
    expect(deployed?.Condition).toEqual({
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": subject,
      },
    });
    for (const wrong of [
      "example/*",
      "example",
      "a/b:ref:refs/heads/x",
      "example@/baton@1",
      "https://github.com/a/b",
    ]) {
      expect(wrong).not.toMatch(new RegExp(`^(?:${AllowedPattern})$`));
    }
  });

  it("has a role for pull requests of the repository, which can only request a review and read the answer", () => {
    const { Policies, AssumeRolePolicyDocument } = z
      .object({ Policies: z.tuple([documentSchema]), AssumeRolePolicyDocument: z.unknown() })
      .parse(template.Resources["Reviewer"]?.Properties);
    const reviewer = deployedStatements(Policies[0].PolicyDocument, NAMES, ["HasKey"]);
    const bucket = "arn:aws:s3:::baton-prod-123456789012";
    const bus = "arn:aws:events:ap-northeast-1:123456789012:event-bus/baton-prod";

    expect(JSON.stringify(AssumeRolePolicyDocument)).toContain("repo:${Repository}:pull_request");
    expect(reviewer.flatMap(({ Action }) => Action).sort()).toEqual([
      ...["cloudformation:DescribeStacks", "events:PutEvents", "kms:Decrypt", "kms:GenerateDataKey"],
      ...["s3:GetObject", "s3:PutObject"],
    ]);
    expect(allowing(reviewer, "s3:PutObject", `${bucket}/reviews/requests/1.zip`)).toHaveLength(1);
    expect(allowing(reviewer, "s3:GetObject", `${bucket}/reviews/answers/1/answer.json`)).toHaveLength(1);
    expect(allowing(reviewer, "s3:PutObject", `${bucket}/reviews/answers/1/answer.json`)).toEqual([]);
    expect(allowing(reviewer, "s3:GetObject", `${bucket}/dumps/gghouse_20260207.sql`)).toEqual([]);
    expect(allowing(reviewer, "events:PutEvents", bus)).toEqual([
      expect.objectContaining({
        Condition: { StringEquals: { "events:source": "baton", "events:detail-type": "ReviewRequested" } },
      }),
    ]);
  });

  it("is within the limits of IAM", () => {
    const sizeOf = (Statement: readonly Statement[]): number =>
      JSON.stringify({ Version: "2012-10-17", Statement }).length;

    expect(sizeOf(deployer)).toBeLessThan(LIMITS.inRole);
    expect(sizeOf(boundary)).toBeLessThan(LIMITS.managed);
  });

  it.each(["plain", "signed"] as const)(
    "allows the roles of an environment what they need within the boundary: %s",
    async (shape) => {
      const packaged = await packagedTemplate(shape);
      const names = namesIn(packaged);
      // the tests' secrets have different names than those in docs/deploy.md
      const rights = rightsIn(packaged).filter(({ action }) => action !== "secretsmanager:GetSecretValue");

      const missing = rights.flatMap(({ action, resource }) => {
        const document = { Statement: [{ Sid: "", Action: action, Resource: parsed(resource) }] };
        const [{ Resource } = { Resource: "" }] = deployedStatements(document, names, []);
        // without an environment-wide key, the topics have a key of their own
        const isOfTopics = shape === "plain" && action.startsWith("kms:");
        return isOfTopics || allowing(boundary, action, String(Resource)).length > 0
          ? []
          : [`${action} on ${String(Resource)}`];
      });

      expect(rights.length).toBeGreaterThan(80);
      expect([...new Set(missing)]).toEqual([]);
      const secret = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:baton/prod/dbt-AbCdEf";
      expect(allowing(boundary, "secretsmanager:GetSecretValue", secret)).toHaveLength(1);
    },
    120_000,
  );

  it("sets the boundary on every role of an environment that configures it, and on no other", async () => {
    const boundaries = async (shape: "plain" | "signed"): Promise<unknown[]> =>
      z
        .object({ Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown() })) })
        .transform(({ Resources }) =>
          Object.values(Resources).flatMap(({ Type, Properties }) =>
            Type === "AWS::IAM::Role" ? [z.looseObject({}).parse(Properties)["PermissionsBoundary"]] : [],
          ),
        )
        .parse(JSON.parse(await packagedTemplate(shape)));

    expect(new Set(await boundaries("signed"))).toEqual(new Set([BOUNDARY]));
    expect(new Set(await boundaries("plain"))).toEqual(new Set([undefined]));
  }, 120_000);
});

/** Parses a resource of `rightsIn`: a text, or an intrinsic function as JSON. */
function parsed(resource: string): unknown {
  return resource.startsWith("{") ? JSON.parse(resource) : resource;
}
