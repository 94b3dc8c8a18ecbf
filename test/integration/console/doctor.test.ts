import { DisableRuleCommand } from "@aws-sdk/client-eventbridge";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import {
  DeleteFunctionCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { DeleteScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import {
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { copyFile, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../../../cli/doctor/check.ts";
import type { DoctorPorts } from "../../../cli/doctor/doctor-ports.ts";
import { recreate } from "../../../cli/doctor/recreate.ts";
import { runDoctor } from "../../../cli/doctor/run-doctor.ts";
import { secretName } from "../../../local/database-users.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";
import { readSecret } from "../../../shared/warehouse/connection/read-secret.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { CONSOLE_KEY } from "../../../shared/console/console-keys.ts";
import { migrations } from "../../../shared/ledger/schema/migrations.ts";
import { runFix } from "../../support/run-fix.ts";
import { seedLedger } from "../../support/ledger/seed-ledger.ts";
import { testServices } from "../../support/services.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";
import { waitFor } from "../../support/wait-for.ts";

const LAST_DAY = "2026-02-07";
/** Time that the emulator may take to apply a setting. */
const A_MOMENT = { timeoutMs: 10_000, everyMs: 200 };
const AN_HOUR_LATER = new Date("2026-02-06T23:30:00Z");

/**
 * A deployed environment with a healthy ledger. Each test breaks one thing, expects the doctor to report it, and
 * repairs it.
 */
describe("the doctor", () => {
  let stage: TestStage;
  let ports: DoctorPorts;

  beforeAll(async () => {
    stage = await deployStage();
    const client = clientOptions(testServices().emulator);
    const ledger = await openLedger(stage.access.warehouse, {});
    await seedLedger(ledger.pool, { runs: 3, newest: "completed", lastDay: LAST_DAY });
    await ledger.pool.end();
    ports = {
      ...stage.access,
      cloudFormation: new CloudFormationClient(client),
      sqs: new SQSClient(client),
      scheduler: new SchedulerClient(client),
      sns: new SNSClient(client),
      checkout: stage.folder,
      python: join(batonHome, "venv/bin/python"),
      now: AN_HOUR_LATER,
      deadline: "08:00",
    };
  }, 180_000);
  afterAll(async () => {
    ports.cloudFormation.destroy();
    ports.sqs.destroy();
    ports.scheduler.destroy();
    ports.sns.destroy();
    await stage.dispose();
  });

  async function ask(name: string, more: Partial<DoctorPorts> = {}): Promise<Check | undefined> {
    return (await runDoctor({ ...ports, ...more })).find((check) => check.name === name);
  }
  const queue = (name: string): string => `baton-${ports.stage}-${name}`;
  const urlOf = (name: string): string => stage.status.queues[name]?.url ?? "";
  const sql = (text: string): Promise<unknown> => stage.warehouse.pool.query(text);
  const ledger = (): string => `\`${stage.warehouse.prefix}pipeline\``;

  it("finds no failed check in a healthy environment", async () => {
    const checks = await runDoctor(ports);

    expect(checks.filter(({ state }) => state === "failed")).toEqual([]);
    expect(checks.length).toBeGreaterThan(20);
    // names the account of the credentials
    expect(checks.find(({ name }) => name === "stack")?.found).toMatch(
      /in account \d{12}, [a-z]+-[a-z]+-\d: \d+ resources$/,
    );
    for (const { state, fix } of checks) expect(fix === null).toBe(state === "ok");
  });

  /** Expects a check to name the defect, runs the fix that it prints, and expects the check to pass. */
  async function fixAndRecheck(name: string, found: RegExp): Promise<void> {
    const broken = await ask(name);
    expect(broken).toMatchObject({ state: "failed", found: expect.stringMatching(found) as string });
    await runFix(broken?.fix, ports);
    await waitFor(`${name} to be ok`, async () => (await ask(name))?.state === "ok", A_MOMENT);
  }

  it("names a receiver of alerts that has not confirmed its subscription", async () => {
    expect(await ask("alert subscriptions")).toMatchObject({ state: "ok" });
    const { Topics = [] } = await ports.sns.send(new ListTopicsCommand({}));
    const TopicArn = Topics.find(({ TopicArn: arn }) => arn?.endsWith(`alerts-${ports.stage}`))?.TopicArn;
    // the emulator confirms mail addresses itself, and web addresses as AWS does
    const Endpoint = "http://127.0.0.1:9/alerts";
    const subscribe = new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint, ReturnSubscriptionArn: true });
    await ports.sns.send(subscribe);

    const found = await ask("alert subscriptions");
    const { Subscriptions = [] } = await ports.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const SubscriptionArn = Subscriptions.find((subscription) => subscription.Endpoint === Endpoint)?.SubscriptionArn;
    await ports.sns.send(new UnsubscribeCommand({ SubscriptionArn }));

    expect(found).toMatchObject({
      state: "warning",
      found: `not confirmed, so SNS sends no alerts to: ${Endpoint}`,
      fix: expect.stringContaining(`aws sns subscribe --topic-arn ${TopicArn ?? ""}`) as string,
    });
    expect(await ask("alert subscriptions")).toMatchObject({ state: "ok" });
  });

  it("enables a disabled rule", async () => {
    await ports.eventBridge.send(new DisableRuleCommand({ Name: queue("silver"), EventBusName: ports.bus }));

    await fixAndRecheck("rules", new RegExp(`^${queue("silver")} is DISABLED$`));
  });

  it("enables the polling of a queue, and counts waiting messages", async () => {
    const { EventSourceMappings = [] } = await ports.lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: queue("docs") }),
    );
    const UUID = EventSourceMappings[0]?.UUID;
    await ports.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    const QueueUrl = urlOf("staging").replace("staging", "docs");
    await ports.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));

    await waitFor("a waiting message", async () => (await ask("waiting messages"))?.state === "warning", A_MOMENT);
    expect(await ask("waiting messages")).toMatchObject({ found: `1 in ${queue("docs")}` });
    await ports.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    await fixAndRecheck(
      "event sources",
      new RegExp(`^${queue("docs")} is not polled: its event source mapping is Disabled$`),
    );
  });

  it("raises a visibility timeout to the function's timeout", async () => {
    const attributes = { QueueUrl: urlOf("gold"), Attributes: { VisibilityTimeout: "60" } };
    await ports.sqs.send(new SetQueueAttributesCommand(attributes));

    await fixAndRecheck(
      "visibility",
      new RegExp(`^the visibility timeout of ${queue("gold")} is 60 s, but the timeout of its function is 900 s`),
    );
  });

  it("restores the redrive policy of a queue", async () => {
    const QueueUrl = urlOf("silver");
    const read = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy"] });
    const { Attributes: deployed } = await ports.sqs.send(read);
    await ports.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: "" } }));

    await fixAndRecheck("redrive", new RegExp(`^no dead-letter queue for ${queue("silver")}:`));

    const { Attributes: restored } = await ports.sqs.send(read);
    const policyOf = (attributes: Partial<Record<string, string>> = {}): unknown =>
      JSON.parse(attributes["RedrivePolicy"] ?? "");
    expect(policyOf(restored)).toEqual(policyOf(deployed));
  });

  it("enables the versioning of the bucket", async () => {
    const off = { Bucket: ports.bucket, VersioningConfiguration: { Status: "Suspended" as const } };
    await ports.s3.send(new PutBucketVersioningCommand(off));

    await fixAndRecheck("bucket", new RegExp(`^versioning of ${ports.bucket} is off`));
  });

  it("warns about a missing console page until a run has written it", async () => {
    expect(await ask("console page")).toMatchObject({ state: "warning" });
    const page = { Bucket: ports.bucket, Key: CONSOLE_KEY, Body: "<!doctype html>" };
    await ports.s3.send(new PutObjectCommand(page));

    expect(await ask("console page")).toMatchObject({
      state: "ok",
      found: expect.stringMatching(/^written 20/) as string,
    });
  });

  it("fails for a warehouse with an unexpected fingerprint, and for the warehouse of another deployment", async () => {
    const { found = "" } = (await ask("target")) ?? {};
    const fingerprint = found.slice(0, 16);

    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(await ask("target", { targetFingerprint: fingerprint })).toMatchObject({ state: "ok" });
    expect(await ask("target", { targetFingerprint: "0".repeat(16) })).toMatchObject({
      state: "failed",
      found: expect.stringMatching(
        /^TARGET_MISMATCH: the deployment \(parameter targetFingerprint\) expects .* 0{16}/,
      ) as string,
      fix: expect.stringContaining("./baton target show") as string,
    });
    await sql(`UPDATE ${ledger()}.target SET deployment = '1/ap-northeast-1/other'`);
    expect(await ask("target")).toMatchObject({
      state: "failed",
      found: expect.stringContaining("1/ap-northeast-1/other") as string,
    });
    await sql(`UPDATE ${ledger()}.target SET deployment = NULL`);
    expect(await ask("target")).toMatchObject({ state: "ok" });
  });

  it("finds a ledger that is older than this checkout, which opening it migrates, and one that is newer", async () => {
    const newest = migrations.at(-1)?.version ?? 0;
    await sql(`DELETE FROM ${ledger()}.migration WHERE version = ${newest}`);

    expect(await ask("ledger")).toMatchObject({
      state: "warning",
      found: `version ${newest - 1}, this checkout has version ${newest}`,
    });
    await (await openLedger(stage.access.warehouse, {})).pool.end();
    expect(await ask("ledger")).toMatchObject({ state: "ok" });

    await sql(`INSERT INTO ${ledger()}.migration VALUES (${newest + 1}, 'later', UTC_TIMESTAMP())`);
    expect(await ask("ledger")).toMatchObject({ state: "failed", fix: expect.stringContaining("git pull") as string });
    await sql(`DELETE FROM ${ledger()}.migration WHERE version = ${newest + 1}`);
  });

  it("counts more than one backup of a table and day", async () => {
    const copy = "SELECT schema_name, CONCAT(backup_table, '2'), table_name, layer, run_id, taken_on, taken_at";
    await sql(`INSERT INTO ${ledger()}.backup (schema_name, backup_table, table_name, layer, run_id, taken_on, taken_at)
      ${copy} FROM ${ledger()}.backup WHERE table_name = 'moveouts' LIMIT 1`);

    expect(await ask("backups")).toMatchObject({
      state: "warning",
      found: "more than one backup of a table and day: 2 of gold_backup.moveouts",
    });
    await sql(
      `DELETE FROM ${ledger()}.backup WHERE backup_table LIKE '%2' AND table_name = 'moveouts' AND LENGTH(backup_table) > 32`,
    );
  });

  it("counts DLQ messages, and names the commands that show and replay them", async () => {
    const QueueUrl = stage.status.queues["gold"]?.dlqUrl ?? "";
    await ports.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));

    expect(await ask("DLQ messages")).toMatchObject({
      state: "failed",
      found: `1 in ${queue("gold-dlq")}`,
      fix: expect.stringMatching(/dlq list gold.*dlq replay gold/) as string,
    });
    await ports.sqs.send(new PurgeQueueCommand({ QueueUrl }));
  });

  it("finds functions that write to another warehouse than this command reads", async () => {
    expect(await ask("one warehouse", { warehouse: { ...ports.warehouse, host: "localhost" } })).toMatchObject({
      state: "failed",
      found: expect.stringMatching(/localhost.*silver writes to 127\.0\.0\.1/) as string,
      fix: expect.stringContaining("AURORA_ENDPOINT") as string,
    });
  });

  it("fails when the warehouse, the stack or dbt cannot be reached", async () => {
    expect(await ask("warehouse", { warehouse: { ...ports.warehouse, password: "wrong" } })).toMatchObject({
      state: "failed",
      found: expect.stringContaining("ER_ACCESS_DENIED_ERROR") as string,
    });
    expect(await ask("stack", { stage: "nowhere" })).toMatchObject({
      state: "failed",
      fix: expect.stringContaining("deploy/deploy nowhere") as string,
    });
    expect(await ask("dbt", { python: "/nowhere/python" })).toMatchObject({ state: "failed", fix: "local/bin/setup" });
  });

  it("finds deployed code that differs from the checkout", async () => {
    expect(await ask("deployed code")).toMatchObject({ state: "ok" });
    // another checkout, of which only the layer table matters here
    const checkout = await mkdtemp(join(testServices().folder, "checkout-"));
    await copyFile(join(projectRoot, "serverless.yml"), join(checkout, "serverless.yml"));
    expect(await ask("deployed code", { checkout })).toMatchObject({ state: "warning" });
  });

  it("treats a warehouse without a ledger as new, unless a layer exists", async () => {
    const schemaPrefix = `${stage.warehouse.prefix}new_`;
    const before = { warehouse: { ...ports.warehouse, schemaPrefix } };
    expect(await ask("ledger", before)).toEqual({
      name: "ledger",
      state: "warning",
      found: `there is no schema ${schemaPrefix}pipeline yet`,
      fix: expect.stringMatching(/^The first run creates it: .*run --dump FILE --watch$/) as string,
    });

    await sql(`CREATE DATABASE \`${schemaPrefix}gold\``);
    const after = await ask("ledger", before);
    await sql(`DROP DATABASE \`${schemaPrefix}gold\``);

    expect(after).toMatchObject({
      state: "failed",
      found: `schema ${schemaPrefix}pipeline does not exist or is not visible, but there is ${schemaPrefix}gold`,
      fix: expect.stringContaining("./baton grants") as string,
    });
  });

  it("lists schemas and tables that no run has created", async () => {
    await sql(`CREATE DATABASE \`${stage.warehouse.prefix}basis\``);
    await sql(`CREATE DATABASE IF NOT EXISTS \`${stage.warehouse.prefix}gold\``);
    await sql(`CREATE TABLE \`${stage.warehouse.prefix}gold\`.left_over (id int)`);

    const stray = await ask("stray schemas");
    expect(stray).toMatchObject({ state: "warning", found: `${stage.warehouse.prefix}basis` });
    expect(await ask("stray tables")).toMatchObject({
      state: "warning",
      found: expect.stringContaining(`${stage.warehouse.prefix}gold.left_over`) as string,
    });
    await sql(/DROP DATABASE \S+$/.exec(stray?.fix ?? "")?.[0] ?? "");
    expect(await ask("stray schemas")).toMatchObject({ state: "ok" });
  });

  it("names missing and surplus privileges of a user, and the statements that correct them", async () => {
    const account = `'${stage.warehouse.prefix}dbt'@'127.0.0.1'`;
    const object = (schema: string): string => `\`${`${stage.warehouse.prefix}${schema}`.replaceAll("_", "\\_")}\`.*`;
    const repair = async (): Promise<void> => {
      const { fix } = (await ask("grants of dbt")) ?? {};
      for (const [statement] of (fix ?? "").matchAll(/(?:GRANT|REVOKE) [^;]+/g)) await sql(statement);
    };
    expect(await ask("grants of dbt")).toMatchObject({ state: "ok" });
    await sql(`REVOKE SELECT ON ${object("staging")} FROM ${account}`);
    await sql(`GRANT TRIGGER ON ${object("gold")} TO ${account}`);

    expect(await ask("grants of dbt")).toEqual({
      name: "grants of dbt",
      state: "failed",
      found: `${stage.warehouse.prefix}dbt lacks SELECT on ${object("staging")}; ${stage.warehouse.prefix}dbt has more privileges than it needs: TRIGGER on ${object("gold")}`,
      fix: `Run as the warehouse's administrator: GRANT SELECT ON ${object("staging")} TO ${account}; REVOKE TRIGGER ON ${object("gold")} FROM ${account};`,
    });
    await repair();
    expect(await ask("grants of dbt")).toMatchObject({ state: "ok" });

    await sql(`GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION`);
    expect(await ask("grants of dbt")).toMatchObject({ state: "warning" });
    await repair();
    expect(await ask("grants of dbt")).toMatchObject({ state: "ok" });
  }, 60_000);

  it("finds a secret that differs from the user's password, and shows neither", async () => {
    const { user, password } = await readSecret(secretName(ports.stage, "loader"), ports.secrets);
    await sql(`ALTER USER '${user}'@'127.0.0.1' IDENTIFIED BY 'another'`);

    const check = await ask("grants of loader");

    expect(check).toMatchObject({ state: "failed", found: expect.stringContaining("Access denied") as string });
    expect(JSON.stringify(check)).not.toContain(password);
    await sql(`ALTER USER '${user}'@'127.0.0.1' IDENTIFIED BY '${password}'`);
  });

  it("names the server parameter that is too small", async () => {
    await sql("SET GLOBAL max_connections = 40");

    expect(await ask("parameter max_connections")).toMatchObject({
      state: "warning",
      found: expect.stringMatching(/^40, expected at least 45/) as string,
    });
    await sql("SET GLOBAL max_connections = 151");
  });

  it("finds late data, a failed run, an attempt without heartbeat and unpublished events", async () => {
    const dayLater = new Date(AN_HOUR_LATER.getTime() + 86_400_000);
    expect(await ask("freshness", { now: dayLater })).toMatchObject({
      state: "warning",
      fix: expect.stringContaining("run --date 2026-02-08 --watch") as string,
    });
    // an operator restored the previous set
    await sql(`UPDATE ${ledger()}.live_set SET business_date = '2026-02-06' WHERE layer = 'gold'`);
    expect(await ask("freshness")).toMatchObject({
      fix: expect.stringContaining("run --date 2026-02-07 --force --watch") as string,
    });
    await sql(`UPDATE ${ledger()}.live_set SET business_date = '2026-02-07' WHERE layer = 'gold'`);

    const newest = `(SELECT run_id FROM (SELECT run_id FROM ${ledger()}.run ORDER BY seq DESC LIMIT 1) AS newest)`;
    await sql(`UPDATE ${ledger()}.run SET state = 'failed' WHERE run_id = ${newest}`);
    await sql(`UPDATE ${ledger()}.layer_run SET state = 'failed', error = '{"code":"DUMP_STALE"}'
      WHERE layer = 'gold' AND run_id = ${newest}`);
    await sql(`UPDATE ${ledger()}.layer_run SET state = 'running' WHERE layer = 'silver' AND run_id = ${newest}`);
    await sql(`UPDATE ${ledger()}.outbox SET published_at = NULL WHERE run_id = ${newest}`);

    expect(await ask("newest run")).toMatchObject({
      state: "failed",
      found: expect.stringContaining("failed in gold: DUMP_STALE") as string,
      fix: expect.stringContaining("dlq replay gold --run 2026-02-07-") as string,
    });
    expect(await ask("heartbeats")).toMatchObject({
      state: "failed",
      found: expect.stringContaining("silver") as string,
    });
    expect(await ask("outbox")).toMatchObject({ state: "failed", fix: expect.stringContaining("-sweep") as string });
  });

  it("finds a deleted schedule, function and queue, and explains that a deployment alone does not recreate them", async () => {
    await ports.scheduler.send(new DeleteScheduleCommand({ Name: queue("daily") }));
    await ports.lambda.send(new DeleteFunctionCommand({ FunctionName: queue("sweep") }));
    await ports.sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf("silver") }));
    const fix = expect.stringMatching(/^npx serverless remove --stage \S+, then deploy\/deploy/) as string;

    expect(await ask("schedule")).toMatchObject({
      state: "failed",
      found: expect.stringContaining("missing") as string,
      fix,
    });
    expect(await ask("functions")).toMatchObject({ state: "failed", found: `${queue("sweep")} is missing`, fix });
    expect(await ask("queues")).toMatchObject({ state: "failed", found: `missing: ${queue("silver")}`, fix });
    // an environment on AWS is protected, and resources with data would block a new deployment
    expect(recreate("prod")).toMatch(/--stack-name baton-prod .*--deployment-mode REVERT_DRIFT/);
  });
});
