import { DisableRuleCommand, EnableRuleCommand } from "@aws-sdk/client-eventbridge";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { DeleteScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { DeleteQueueCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { join } from "node:path";
import type { Check } from "../../../cli/doctor/check.ts";
import type { DoctorPorts } from "../../../cli/doctor/doctor-ports.ts";
import { runDoctor } from "../../../cli/doctor/run-doctor.ts";
import { clientOptions } from "../../../local/deploy.ts";
import { batonHome, projectRoot } from "../../../local/paths.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { seedLedger } from "../../support/seed-ledger.ts";
import { testServices } from "../../support/services.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";

const LAST_DAY = "2026-02-07";
const AN_HOUR_LATER = new Date("2026-02-06T23:30:00Z");

/** A deployed stage with a healthy ledger; each test breaks one thing, sees the doctor say so, and mends it. */
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
      checkout: stage.folder,
      python: join(batonHome, "venv/bin/python"),
      now: AN_HOUR_LATER,
    };
  }, 180_000);
  afterAll(async () => {
    ports.cloudFormation.destroy();
    ports.sqs.destroy();
    ports.scheduler.destroy();
    await stage.dispose();
  });

  async function ask(name: string, more: Partial<DoctorPorts> = {}): Promise<Check | undefined> {
    return (await runDoctor({ ...ports, ...more })).find((check) => check.name === name);
  }
  const queue = (name: string): string => `baton-${ports.stage}-${name}`;
  const urlOf = (name: string): string => stage.status.queues[name]?.url ?? "";
  const sql = (text: string): Promise<unknown> => stage.warehouse.pool.query(text);
  const ledger = (): string => `\`${stage.warehouse.prefix}pipeline\``;

  it("finds nothing broken in a healthy stage", async () => {
    const checks = await runDoctor(ports);

    expect(checks.filter(({ state }) => state === "failed")).toEqual([]);
    expect(checks.length).toBeGreaterThan(20);
    for (const { state, fix } of checks) expect(fix === null).toBe(state === "ok");
  });

  it("names the rule that is off, and the command that turns it on", async () => {
    const rule = { Name: queue("silver"), EventBusName: ports.bus };
    await ports.eventBridge.send(new DisableRuleCommand(rule));

    expect(await ask("rules")).toMatchObject({
      state: "failed",
      found: expect.stringContaining(`${queue("silver")} is DISABLED`) as string,
      fix: `aws events enable-rule --name ${queue("silver")} --event-bus-name ${ports.bus}`,
    });
    await ports.eventBridge.send(new EnableRuleCommand(rule));
    expect(await ask("rules")).toMatchObject({ state: "ok" });
  });

  it("counts dead letters, and says how to look at them and to replay them", async () => {
    const QueueUrl = stage.status.queues["gold"]?.dlqUrl ?? "";
    await ports.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));

    expect(await ask("dead letters")).toMatchObject({
      state: "failed",
      found: `1 in ${queue("gold-dlq")}`,
      fix: expect.stringMatching(/dlq list gold.*dlq replay gold/) as string,
    });
    await ports.sqs.send(new PurgeQueueCommand({ QueueUrl }));
  });

  it("names functions that do not listen", async () => {
    const { EventSourceMappings = [] } = await ports.lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: queue("staging") }),
    );
    const UUID = EventSourceMappings[0]?.UUID;
    await ports.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));

    expect(await ask("event sources")).toMatchObject({
      state: "failed",
      found: "nobody takes messages from the queue of staging",
    });
    await ports.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  });

  it("sees that the functions write another warehouse than this command reads", async () => {
    expect(await ask("one warehouse", { warehouse: { ...ports.warehouse, host: "localhost" } })).toMatchObject({
      state: "failed",
      found: expect.stringMatching(/localhost.*silver writes 127\.0\.0\.1/) as string,
      fix: expect.stringContaining("AURORA_ENDPOINT") as string,
    });
  });

  it("counts it as failed when the warehouse, the stack or dbt cannot be asked", async () => {
    expect(await ask("warehouse", { warehouse: { ...ports.warehouse, password: "wrong" } })).toMatchObject({
      state: "failed",
      found: expect.stringContaining("ER_ACCESS_DENIED_ERROR") as string,
    });
    expect(await ask("stack", { stage: "nowhere" })).toMatchObject({
      state: "failed",
      fix: expect.stringContaining("npx serverless deploy --stage nowhere") as string,
    });
    expect(await ask("dbt", { python: "/nowhere/python" })).toMatchObject({ state: "failed", fix: "local/bin/setup" });
  });

  it("sees code that differs from the checkout", async () => {
    expect(await ask("deployed code")).toMatchObject({ state: "ok" });
    // a checkout is more than what a test deploys of it
    expect(await ask("deployed code", { checkout: join(projectRoot, "docs") })).toMatchObject({ state: "warning" });
  });

  it("lists schemas and tables that no run has made", async () => {
    await sql(`CREATE DATABASE \`${stage.warehouse.prefix}basis\``);
    await sql(`CREATE DATABASE IF NOT EXISTS \`${stage.warehouse.prefix}gold\``);
    await sql(`CREATE TABLE \`${stage.warehouse.prefix}gold\`.left_over (id int)`);

    expect(await ask("stray schemas")).toMatchObject({
      state: "warning",
      found: `${stage.warehouse.prefix}basis`,
      fix: expect.stringContaining(`DROP DATABASE \`${stage.warehouse.prefix}basis\``) as string,
    });
    expect(await ask("stray tables")).toMatchObject({
      state: "warning",
      found: expect.stringContaining(`${stage.warehouse.prefix}gold.left_over`) as string,
    });
  });

  it("says which parameter of the server is too small", async () => {
    await sql("SET GLOBAL max_connections = 40");

    expect(await ask("parameter max_connections")).toMatchObject({
      state: "warning",
      found: expect.stringMatching(/^40, expected at least 45/) as string,
    });
    await sql("SET GLOBAL max_connections = 151");
  });

  it("sees data that is a day late, a failed run, a silent attempt and events that nobody told", async () => {
    const dayLater = new Date(AN_HOUR_LATER.getTime() + 86_400_000);
    expect(await ask("freshness", { now: dayLater })).toMatchObject({
      state: "warning",
      fix: expect.stringContaining("run --date 2026-02-08 --watch") as string,
    });

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

  it("sees a bucket without versions, a schedule and a queue that are gone", async () => {
    const off = { Bucket: ports.bucket, VersioningConfiguration: { Status: "Suspended" as const } };
    await ports.s3.send(new PutBucketVersioningCommand(off));
    await ports.scheduler.send(new DeleteScheduleCommand({ Name: queue("daily") }));
    await ports.sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf("silver") }));

    expect(await ask("bucket")).toMatchObject({ state: "failed" });
    expect(await ask("schedule")).toMatchObject({
      state: "failed",
      found: expect.stringContaining("missing") as string,
    });
    expect(await ask("queues")).toMatchObject({ state: "failed", found: `missing: ${queue("silver")}` });
  });
});
