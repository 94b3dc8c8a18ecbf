import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { interfaceEndpoints } from "../../../local/cost/interface-endpoints.ts";
import { monthlyCost } from "../../../local/cost/monthly-cost.ts";
import { callsPerDay } from "../../../local/cost/schedule.ts";
import { withCost } from "../../../local/cost/with-cost.ts";
import { EVENTS_PREFIX } from "../../../shared/aws/events-prefix.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { readLayerTable, type LayerRow } from "../../../local/layer-table.ts";
import { onlyOnAws, reasonOnAws, wildcards } from "../../support/rights/only-on-aws.ts";
import { DBT_SECRET, IMAGE, KEY, LEDGER_SECRET, MIGRATE_SECRETS, packagedTemplate, REVIEW_SECRET, SECRET } from "./packaged-template.ts"; // prettier-ignore
import { rightsIn } from "./rights-in.ts";

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.looseObject({}).default({}),
      DeletionPolicy: z.string().optional(),
    }),
  ),
});
type Properties = Record<string, unknown>;
type Resource = z.infer<typeof templateSchema>["Resources"][string];

const FOURTEEN_DAYS = 1_209_600;

const arnOf = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
const idOf = (layer: string): string => layer.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
const resourcesOf = (text: string): [id: string, resource: Resource][] =>
  Object.entries(templateSchema.parse(JSON.parse(text)).Resources);

describe("the template for AWS", () => {
  let text: string;
  let resources: [id: string, resource: Resource][];
  let layers: LayerRow[];
  /** With a customer-managed KMS key, and without deletion protection. */
  let withKey: string;
  /** As deployed by the test of single rights. */
  let local: string;

  beforeAll(async () => {
    [text, withKey, local] = await Promise.all([
      packagedTemplate("plain"),
      packagedTemplate("keyed"),
      packagedTemplate("local"),
    ]);
    resources = resourcesOf(text);
    layers = await readLayerTable();
  }, 120_000);

  function ofType(type: string): [id: string, properties: Properties][] {
    return resources.filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => [id, Properties]);
  }
  function propertiesOf(id: string): Properties {
    return resources.find(([name]) => name === id)?.[1].Properties ?? {};
  }

  it("gives every layer an encrypted queue, and a dead-letter queue of 14 days that only this queue may use", () => {
    expect(layers.length).toBeGreaterThanOrEqual(3);
    for (const { name } of layers) {
      const id = idOf(name);
      const timeout = Number(propertiesOf(`${id}LambdaFunction`)["Timeout"]);

      expect(propertiesOf(`${id}Queue`)).toMatchObject({
        QueueName: `baton-prod-${name}`,
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn: arnOf(`${id}Dlq`) },
      });
      // Lambda refuses a queue whose visibility is below the function's timeout
      expect(propertiesOf(`${id}Queue`)["VisibilityTimeout"]).toBeGreaterThanOrEqual(timeout);
      expect(propertiesOf(`${id}Dlq`)).toMatchObject({
        QueueName: `baton-prod-${name}-dlq`,
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: FOURTEEN_DAYS,
        RedriveAllowPolicy: { redrivePermission: "byQueue" },
      });
    }
  });

  it("allows more receives than retries, because throttled deliveries count as receives", () => {
    for (const { name, retries } of layers) {
      expect(propertiesOf(`${idOf(name)}Queue`)).toHaveProperty("RedrivePolicy.maxReceiveCount");
      const policy = z.object({ maxReceiveCount: z.number() });
      const { maxReceiveCount } = policy.parse(propertiesOf(`${idOf(name)}Queue`)["RedrivePolicy"]);
      expect(maxReceiveCount).toBeGreaterThanOrEqual(retries + 8);
    }
  });

  it("processes one message at a time and reports failures per message", () => {
    const sources = ofType("AWS::Lambda::EventSourceMapping");

    // layers, notify, refresh, console and docs
    expect(sources).toHaveLength(layers.length + 5);
    for (const [id, source] of sources) {
      expect(source).toMatchObject({
        // one page for a burst of events
        BatchSize: id.startsWith("Console") ? 10 : 1,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: 2 },
      });
    }
  });

  it("retries every rule's target and keeps undelivered events", () => {
    const onQueues = ofType("AWS::Events::Rule").filter(
      ([, { ScheduleExpression }]) => ScheduleExpression === undefined,
    );

    // manifest, layers, notify, refresh, console, docs and review
    expect(onQueues).toHaveLength(layers.length + 6);
    for (const [, { Targets }] of [...onQueues]) {
      expect(Targets).toEqual([
        expect.objectContaining({
          RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
          DeadLetterConfig: { Arn: arnOf("RuleDlq") },
        }),
      ]);
    }
    expect(propertiesOf("Schedule")).toMatchObject({ Target: { DeadLetterConfig: { Arn: arnOf("RuleDlq") } } });
  });

  it("accepts messages only from the rules, and requests to queues and bucket only with TLS", () => {
    const policies = [...ofType("AWS::SQS::QueuePolicy"), ...ofType("AWS::S3::BucketPolicy")];

    // each queue has a policy
    expect(
      ofType("AWS::SQS::QueuePolicy")
        .map(([, { Queues }]) => JSON.stringify(Queues))
        .sort(),
    ).toEqual(
      ofType("AWS::SQS::Queue")
        .map(([id]) => JSON.stringify([{ Ref: id }]))
        .sort(),
    );

    for (const [id, policy] of policies) {
      const statements = z
        .object({ Statement: z.array(z.looseObject({ Effect: z.string() })) })
        .parse(policy["PolicyDocument"]).Statement;
      const denials = statements.filter(({ Effect }) => Effect === "Deny");
      expect({ id, denials: JSON.stringify(denials) }).toMatchObject({
        denials: expect.stringMatching(/"aws:SecureTransport":(false|"false")/) as string,
      });
      for (const statement of statements.filter(({ Effect }) => Effect === "Allow")) {
        expect(statement).toMatchObject({ Action: "sqs:SendMessage" });
        expect(JSON.stringify([statement["Principal"], statement["Condition"]])).toMatch(
          /"events\.amazonaws\.com".*"ArnEquals":\{"aws:SourceArn":\[\{"Fn::GetAtt":\["\w+Rule"|"sns\.amazonaws\.com".*"ArnEquals":\{"aws:SourceArn":\[\{"Ref":"\w+Topic"/,
        );
      }
    }
  });

  it("denies sending to queues and topics to every principal but the roles that send", () => {
    const sends = rightsIn(text).filter(({ action }) => /^(sqs:SendMessage|sns:Publish)$/.test(action));
    const policies = [...ofType("AWS::SQS::QueuePolicy"), ...ofType("AWS::SNS::TopicPolicy")];

    for (const [id, { Queues, Topics, PolicyDocument }] of policies) {
      const [target] = z.tuple([z.object({ Ref: z.string() })]).parse(Queues ?? Topics);
      const isTarget = (resource: string): boolean =>
        resource === JSON.stringify(arnOf(target.Ref)) || resource === JSON.stringify(target);
      const senders = sends.filter(({ resource }) => isTarget(resource)).map(({ role }) => arnOf(role));
      const { Statement } = z.object({ Statement: z.array(z.looseObject({})) }).parse(PolicyDocument);
      const denial = Statement.find(({ Sid }) => Sid === "OnlyKnownSenders");
      const { Condition } = z.looseObject({ Condition: z.record(z.string(), z.looseObject({})) }).parse(denial);
      const { "aws:PrincipalArn": exempt = [] } = Condition["ArnNotEquals"] ?? {};

      expect({ id, denial }).toMatchObject({
        denial: { Effect: "Deny", Principal: "*", Action: Queues === undefined ? "sns:Publish" : "sqs:SendMessage" },
      });
      // rules, topics, alarms: services. Bool is false where the key is absent, as when SQS moves a message to a DLQ
      expect(Condition["Bool"]).toEqual({ "aws:PrincipalIsAWSService": "false" });
      expect(z.array(z.unknown()).parse(exempt)).toEqual(expect.arrayContaining(senders));
      expect(z.array(z.unknown()).parse(exempt).length).toBeLessThanOrEqual(1);
    }
    expect(policies).toHaveLength(2 * (layers.length + 5) + 4);
  });

  // Lambda stops a chain of about 16 messages that a function sends to itself (docs/decisions/runs/070)
  it("allows no function to send to a queue that it reads", () => {
    const mappings = ofType("AWS::Lambda::EventSourceMapping").map(([, { EventSourceArn, FunctionName }]) => ({
      queue: JSON.stringify(EventSourceArn),
      role: JSON.stringify(FunctionName)
        .replace(/LambdaFunction.*/, "Role")
        .replace(/.*"/, ""),
    }));
    const sends = rightsIn(text).filter(({ action }) => action.startsWith("sqs:SendMessage"));

    expect(mappings).toHaveLength(layers.length + 5);
    for (const { queue, role } of mappings) {
      expect(propertiesOf(role)).toHaveProperty("RoleName");
      expect(sends.filter((right) => right.role === role && right.resource === queue)).toEqual([]);
    }
  });

  it("allows only the publishing roles to put Baton's events on the bus", () => {
    const publishers = rightsIn(text).filter(
      ({ action, role }) => action === "events:PutEvents" && role !== "ScheduleRole",
    );

    expect(propertiesOf("BusPolicy")["Statement"]).toMatchObject({
      ...{ Effect: "Deny", Principal: "*", Action: "events:PutEvents", Resource: arnOf("Bus") },
      Condition: {
        StringEquals: { "events:source": "baton" },
        // any principal with the right may request a run
        StringNotEquals: { "events:detail-type": ["PipelineRequested", "ReviewRequested", "MigrationRequested"] },
        ArnNotEquals: {
          "aws:PrincipalArn": expect.arrayContaining(publishers.map(({ role }) => arnOf(role))) as unknown,
        },
      },
    });
    expect(publishers).toHaveLength(layers.length + 3);
  });

  it("gives every function its own role, with wildcards only for a documented reason", () => {
    const functions = ofType("AWS::Lambda::Function");
    const roles = functions.map(([, { Role }]) => JSON.stringify(Role));
    const wide = rightsIn(text).filter(({ action, resource }) => resource === "*" || action.includes("*"));

    expect(new Set(roles).size).toBe(functions.length);
    expect(wide.filter(({ action }) => wildcards[action] === undefined)).toEqual([]);
    expect(Object.keys(wildcards).filter((action) => wide.every((right) => right.action !== action))).toEqual([]);
  });

  it("gives no function on AWS a permission that the test of single permissions does not try, unless there is a documented reason", () => {
    const pairs = (template: string, isMeant: (action: string) => boolean): string[] =>
      [...new Set(rightsIn(template).map(({ role, action }) => `${role} ${action.replace(/Batch$/, "")}`))]
        .filter((pair) => isMeant(pair.split(" ")[1] ?? ""))
        .sort();
    const isTried = (action: string): boolean => reasonOnAws(action) === undefined;

    expect(pairs(withKey, isTried)).toEqual(pairs(local, () => true));
    const actions = rightsIn(withKey).map(({ action }) => action);
    expect(onlyOnAws.filter(({ actions: prefix }) => !actions.some((action) => action.startsWith(prefix)))).toEqual([]);
  });

  it("retains resources with data when the stack is deleted or replaces them, unless the environment is unprotected", () => {
    const keptIn = (template: string): string[] =>
      resourcesOf(template)
        .filter(
          ([, { DeletionPolicy, UpdateReplacePolicy }]) =>
            DeletionPolicy === "RetainExceptOnCreate" && UpdateReplacePolicy === "Retain",
        )
        .map(([id]) => id)
        .sort();
    const ids = resources.map(([id]) => id);
    const expected = ids.filter((id) => /(Dlq|LogGroup)$|^(Bucket|Bus|Archive|Incidents|AlertsKey)$/.test(id));

    expect(keptIn(text)).toEqual(expected.sort());
    expect(propertiesOf("Incidents")).toMatchObject({ DeletionProtectionEnabled: true });
    // a failed creation must not leave a resource with a fixed name behind, or every retry fails
    expect(resources.filter(([, { DeletionPolicy }]) => DeletionPolicy === "Retain")).toEqual([]);
    expect(keptIn(withKey)).toEqual([]);
    expect(keptIn(local)).toEqual([]);
  });

  it("publishes no function versions, and does not retry a failed call of a schedule", () => {
    expect(ofType("AWS::Lambda::Version")).toEqual([]);
    const calls = ofType("AWS::Lambda::EventInvokeConfig").map(([, { FunctionName, MaximumRetryAttempts }]) =>
      JSON.stringify([FunctionName, MaximumRetryAttempts]),
    );
    expect(calls.sort()).toEqual(["Pulse", "Sweep"].map((id) => `[{"Ref":"${id}LambdaFunction"},0]`));
  });

  it("has a private and versioned bucket for the functions' code", () => {
    expect(propertiesOf("ServerlessDeploymentBucket")).toMatchObject({
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    });
  });

  it("sets the log level and the sampling rate of every function", () => {
    const settingsOf = (template: string): string[] =>
      resourcesOf(template)
        .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
        .map(
          ([
            ,
            {
              Properties: { Environment },
            },
          ]) => {
            const variables = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(Environment).Variables;
            return `${String(variables["POWERTOOLS_LOG_LEVEL"])} ${String(variables["POWERTOOLS_LOGGER_SAMPLE_RATE"])}`;
          },
        );

    expect(settingsOf(text).length).toBeGreaterThanOrEqual(10);
    expect(new Set(settingsOf(text))).toEqual(new Set(["INFO 0.05"]));
    expect(new Set(settingsOf(withKey))).toEqual(new Set(["WARN 1"]));
    expect(new Set(settingsOf(local))).toEqual(new Set(["DEBUG 0"]));
  });

  it("gives every function a log group with a retention time", () => {
    const groups = ofType("AWS::Logs::LogGroup").map(([, { LogGroupName, RetentionInDays }]) => [
      LogGroupName,
      RetentionInDays,
    ]);

    const names = ofType("AWS::Lambda::Function").map(([, { FunctionName }]) => FunctionName);
    expect(groups.sort()).toEqual(names.map((name) => [`/aws/lambda/${String(name)}`, 30]).sort());
  });

  it("encrypts everything at rest with the configured key, and allows it to roles that read or write", () => {
    const keyed = resourcesOf(withKey);
    const encryption: Record<string, (properties: Properties) => unknown> = {
      "AWS::S3::Bucket": ({ BucketEncryption }) => BucketEncryption,
      "AWS::SQS::Queue": ({ KmsMasterKeyId }) => KmsMasterKeyId,
      "AWS::SNS::Topic": ({ KmsMasterKeyId }) => KmsMasterKeyId,
      "AWS::Logs::LogGroup": ({ KmsKeyId }) => KmsKeyId,
      "AWS::DynamoDB::Table": ({ SSESpecification }) => SSESpecification,
    };
    // the Serverless Framework's own bucket contains only the functions' code
    const kept = keyed.filter(([id, { Type }]) => Type in encryption && id !== "ServerlessDeploymentBucket");
    const without = kept.filter(
      ([, { Type, Properties }]) => !(JSON.stringify(encryption[Type]?.(Properties)) ?? "").includes(KEY),
    );
    const users = rightsIn(withKey).filter(({ action }) => action === "kms:Decrypt");

    expect(kept.length).toBeGreaterThan(25);
    expect(without.map(([id]) => id)).toEqual([]);
    expect(JSON.stringify(keyed)).not.toContain("SqsManagedSseEnabled");
    expect(JSON.stringify(keyed)).toContain('"BucketKeyEnabled":true');
    expect(keyed.map(([id]) => id)).not.toContain("AlertsKey");
    expect(new Set(users.map(({ resource }) => resource))).toEqual(new Set([KEY]));
    expect(text).not.toContain(KEY);
  });

  it("runs functions with warehouse access in its network, each with its user's secret only and without a password", () => {
    const secrets = {
      silver: DBT_SECRET,
      gold: DBT_SECRET,
      staging: SECRET,
      pulse: LEDGER_SECRET,
      sweep: DBT_SECRET,
      review: REVIEW_SECRET,
    };
    for (const [name, secret] of Object.entries(secrets)) {
      const id = idOf(name);
      expect(propertiesOf(`${id}LambdaFunction`)).toMatchObject({
        VpcConfig: { SubnetIds: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] },
        Environment: { Variables: { AURORA_SECRET_ARN: secret, AURORA_PASSWORD: "", BATON_DATABASE_TLS: "required" } },
      });
      const role = JSON.stringify(propertiesOf(`${id}Role`));
      expect([SECRET, DBT_SECRET, LEDGER_SECRET, REVIEW_SECRET].filter((arn) => role.includes(arn))).toEqual([secret]);
    }
    expect(text).not.toContain("swordfish");
  });

  it("has the function migrate, in the network and for two servers, only if the parameters name both", () => {
    const moved = Object.fromEntries(resourcesOf(withKey));

    expect(propertiesOf("MigrateLambdaFunction")).toEqual({});
    expect(moved["MigrateLambdaFunction"]?.Properties).toMatchObject({
      VpcConfig: { SubnetIds: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] },
      Environment: {
        Variables: {
          AURORA_ENDPOINT: "cluster.example.ap-northeast-1.rds.amazonaws.com",
          AURORA_PORT: "3306",
          AURORA_SECRET_ARN: MIGRATE_SECRETS[0],
          BATON_MIGRATE_TO_ENDPOINT: "next.example",
          BATON_MIGRATE_TO_PORT: "3307",
          BATON_MIGRATE_TO_SECRET_ARN: MIGRATE_SECRETS[1],
        },
      },
    });
    expect(moved["MigrateQueue"]?.Properties).toMatchObject({ VisibilityTimeout: 900 });
  });

  it("runs dbt layers in their image, and all other functions in Node 24", () => {
    for (const [id, properties] of ofType("AWS::Lambda::Function")) {
      const layer = id.replace("LambdaFunction", "").toLowerCase();
      expect(properties).toMatchObject(
        ["silver", "gold", "docs", "review"].includes(layer)
          ? {
              PackageType: "Image",
              Code: { ImageUri: IMAGE },
              ImageConfig: {
                Command: [`functions/${["docs", "review"].includes(layer) ? layer : "dbt-layer"}/handler.handler`],
              },
            }
          : { Runtime: "nodejs24.x" },
      );
    }
  });

  it("expires copies of dumps and replaced versions", () => {
    const { Rules } = z
      .object({ Rules: z.array(z.looseObject({ Prefix: z.string().optional() })) })
      .parse(propertiesOf("Bucket")["LifecycleConfiguration"]);

    for (const Prefix of ["processed/", "quarantine/"]) {
      expect(Rules).toContainEqual(expect.objectContaining({ Prefix, Status: "Enabled", ExpirationInDays: 90 }));
    }
    expect(Rules).toContainEqual(expect.objectContaining({ Prefix: "reviews/", ExpirationInDays: 35 }));
    // a DLQ message of a listener needs its event for 14 days, the archive for 30
    expect(Rules).toContainEqual(expect.objectContaining({ Prefix: EVENTS_PREFIX, ExpirationInDays: 35 }));
    expect(JSON.stringify(Rules)).toContain('"NoncurrentDays":30');
  });

  it("has a private and versioned bucket, and an archive of the bus's events", () => {
    expect(propertiesOf("Bucket")).toMatchObject({
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    });
    expect(propertiesOf("Archive")).toMatchObject({ SourceArn: arnOf("Bus") });
  });

  it("sends every alarm to the notify function, and alarms about notify itself to people", () => {
    const alarms = ofType("AWS::CloudWatch::Alarm");

    expect(alarms.length).toBeGreaterThan(40);
    for (const [id, alarm] of alarms) {
      expect({ id, ...alarm }).toMatchObject({
        AlarmActions: expect.arrayContaining([{ Ref: "AlarmsTopic" }]) as unknown,
        OKActions: [{ Ref: "AlarmsTopic" }],
        AlarmDescription: expect.stringMatching(/Next: \.\/baton .* docs\/runbook\.md/) as string,
      });
    }
    const direct = alarms.filter(([, alarm]) => JSON.stringify(alarm["AlarmActions"]).includes("AlertsTopic"));
    expect(direct.map(([id]) => id).sort()).toEqual(["NotifyDlqNotEmptyAlarm", "NotifyErrorsAlarm"]);
    expect(propertiesOf("RunMissingAlarm")).toMatchObject({ TreatMissingData: "breaching", MetricName: "RunMissing" });
    expect(propertiesOf("RunsStalledAlarm")).toMatchObject({
      ...{ MetricName: "RunsStalled", Threshold: 1, ComparisonOperator: "GreaterThanOrEqualToThreshold" },
      Dimensions: expect.arrayContaining([{ Name: "layer", Value: "sweep" }]) as unknown,
    });
  });

  it("costs what docs/deploy.md and the console page say", async () => {
    const read = (path: string): Promise<string> => readFile(join(projectRoot, path), "utf8");
    const cost = monthlyCost(text, interfaceEndpoints(await read("deploy/network.yml")));

    for (const [path, edit] of Object.entries(withCost)) {
      const document = await read(path);
      // prettier pads tables with blanks and hyphens
      const words = (content: string): string => content.replaceAll(/[\s-]+/g, "");
      // to update: npm run cost -- --write, npm run format
      expect({ path, content: words(document) }).toEqual({ path, content: words(edit(document, cost)) });
    }
    // the largest parts, by hand: alarms, polls of 20 s by 5 pollers in 730 hours, endpoints in two zones
    const usdOf = (what: string): number => cost.lines.find((line) => line.what.startsWith(what))?.usd ?? 0;
    expect(usdOf("CloudWatch alarms")).toBeCloseTo(ofType("AWS::CloudWatch::Alarm").length * 0.1, 6);
    expect(usdOf("SQS, idle polling")).toBeCloseTo(8 * 5 * 3 * 60 * 730 * 0.0000004, 6);
    expect(cost.endpoints.usd).toBeCloseTo(3 * 2 * 730 * 0.014, 6);
    expect(cost.total.withEndpoints - cost.total.withoutEndpoints).toBeCloseTo(cost.endpoints.usd, 6);
  });

  it("calls pulse every minute in the morning and every five minutes otherwise", () => {
    const schedules = ofType("AWS::Events::Rule").flatMap(([, { ScheduleExpression: expression }]) =>
      typeof expression === "string" ? [expression] : [],
    );

    // 05:00 to 10:00 in Tokyo: 20:00 to 01:00 UTC
    const day = Array.from({ length: 19 }, (_, hour) => hour + 1).join(",");
    expect(schedules.sort()).toEqual(["cron(* 0,20,21,22,23 * * ? *)", `cron(0/5 ${day} * * ? *)`, "rate(5 minutes)"]);
    expect(schedules.map(callsPerDay)).toEqual([5 * 60, 19 * 12, 24 * 12]);
  });

  it("combines the alarms of severity error, and only existing alarms", () => {
    const names = ofType("AWS::CloudWatch::Alarm").map(([, { AlarmName }]) => AlarmName);
    const rule = String(propertiesOf("HealthAlarm")["AlarmRule"]);
    const summed = [...rule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name]) => name);

    expect(summed.length).toBeGreaterThan(20);
    expect(summed.filter((name) => !names.includes(name))).toEqual([]);
    expect(summed).toContain("baton-prod-run-missing");
    expect(summed).not.toContain("baton-prod-gold-slow");
    // CloudWatch rejects longer ones
    expect(rule.length).toBeLessThan(10_240);
  });

  it("encrypts the topics with a key that alarms may use", () => {
    const topics = ofType("AWS::SNS::Topic");

    expect(topics.map(([, { TopicName }]) => TopicName)).toEqual(["baton-prod-alarms", "dashboard-etl-alerts-prod"]);
    for (const [, topic] of topics) expect(topic).toMatchObject({ KmsMasterKeyId: { Ref: "AlertsKey" } });
    expect(JSON.stringify(propertiesOf("AlertsKey"))).toContain("cloudwatch.amazonaws.com");
  });
});
