import { join } from "node:path";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { RowDataPacket } from "mysql2/promise";
import type { Alert } from "../../events/alert.ts";
import { clientOptions } from "../../local/deploy.ts";
import { LogReader } from "../../local/metrics/log-reader.ts";
import { readEmf } from "../../local/metrics/read-emf.ts";
import type { RunStatus } from "../../shared/ledger/read-status.ts";
import { startStack, type TestStack } from "../support/baton.ts";
import { metricsNamedIn } from "../support/template-metrics.ts";
import { waitFor as waitUntilThere } from "../support/wait-for.ts";

const DAY = "2026-02-07";
/** Periods of alarms are a fifth of what they are on AWS. */
const PERIOD_SCALE = "0.2";

/** A layer breaks in the deployed pipeline, and is repaired: alarms, alerts, logs and metrics of one story. */
describe("alerts", () => {
  let stack: TestStack;
  let cloudWatch: CloudWatchClient;
  let lambda: LambdaClient;
  let good: RunStatus;
  let broken: string;
  let lines: string[];

  beforeAll(async () => {
    process.env["BATON_PERIOD_SCALE"] = PERIOD_SCALE;
    stack = await startStack();
    cloudWatch = new CloudWatchClient(clientOptions(stack.status));
    lambda = new LambdaClient(clientOptions(stack.status));
    const dump = join(stack.folder, "gghouse_20260207.sql");
    await stack.json("sample", "--size", "2MB", "--seed", "5", "--date", DAY, "--out", dump);
    good = await stack.json<RunStatus>("run", "--dump", dump, "--watch");
    // silver waits for its lock while somebody drops a column that it reads
    const holder = await stack.database.getConnection();
    await holder.query("SELECT GET_LOCK('baton:silver', 10)");
    broken = (await stack.json<{ run: { id: string } }>("run", "--dump", dump, "--force")).run.id;
    await waitFor("staging", async () => ((await stateOf("staging")) === "completed" ? true : undefined));
    await stack.database.query("ALTER TABLE staging.rooms RENAME COLUMN room_number TO room_no");
    await holder.query("SELECT RELEASE_LOCK('baton:silver')");
    holder.release();
  }, 240_000);
  afterAll(async () => {
    delete process.env["BATON_PERIOD_SCALE"];
    for (const client of [cloudWatch, lambda]) client?.destroy();
    await stack?.stop();
  }, 60_000);

  const explain = async (): Promise<string> => `the alerts so far: ${JSON.stringify(await alerts(), null, 2)}`;
  const waitFor = <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
    waitUntilThere(what, look, { everyMs: 500, explain });
  async function stateOf(layer: string): Promise<string | undefined> {
    const [[row]] = await stack.database.query<(RowDataPacket & { state: string })[]>(
      "SELECT state FROM pipeline.layer_run WHERE run_id = ? AND layer = ?",
      [broken, layer],
    );
    return row?.state;
  }
  async function alerts(): Promise<Alert[]> {
    return (await stack.json<{ alerts: Alert[] }>("alerts")).alerts;
  }
  async function aboutSilver(): Promise<Alert[]> {
    return (await alerts()).filter(({ subject }) => subject.includes("silver"));
  }
  async function invoke(name: string): Promise<void> {
    const FunctionName = `baton-local-${name}`;
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: "{}" }));
    if (FunctionError !== undefined) throw new Error(`${name}: ${Payload?.transformToString() ?? ""}`);
  }
  async function alarmStates(...kinds: string[]): Promise<Record<string, string | undefined>> {
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: kinds.map((kind) => `baton-local-${kind}`),
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
      }),
    );
    const pairs = [...MetricAlarms, ...CompositeAlarms].map(
      ({ AlarmName = "", StateValue }) => [AlarmName, StateValue] as const,
    );
    return Object.fromEntries(pairs);
  }
  async function waitForAlarms(expected: Record<string, string>): Promise<void> {
    const kinds = Object.keys(expected);
    const names = Object.fromEntries(kinds.map((kind) => [`baton-local-${kind}`, expected[kind]]));
    await waitFor(`alarms ${JSON.stringify(names)}`, async () => {
      const states = await alarmStates(...kinds);
      return Object.entries(names).every(([name, state]) => states[name] === state) ? true : undefined;
    });
  }

  it("tells once that a layer broke, in words that a person can act on", async () => {
    const [alert] = await waitFor("the alert", async () => {
      const found = await aboutSilver();
      return found.length > 0 ? found : undefined;
    });

    expect(alert).toMatchObject({ kind: "opened", severity: "error", layer: "silver", runId: broken });
    expect(alert?.subject).toMatch(/^\[Baton local\] FAILED silver of 2026-02-07: /);
    expect(alert?.subject.length).toBeLessThanOrEqual(100);
    for (const part of [
      `attempt 1, of run ${broken}`,
      "JST",
      "room_number",
      `gold of 2026-02-07 (run ${good.run.id}, complete since`,
      "stays live",
      `./baton status ${broken}`,
      `./baton dlq replay silver --run ${broken}`,
      "/aws/lambda/baton-local-silver",
      "./baton report --open",
      "docs/runbook.md#failed",
    ]) {
      expect(alert?.text).toContain(part);
    }
    // looking takes nothing away
    expect(await aboutSilver()).toEqual([alert]);
  }, 120_000);

  it("turns the alarms on, and tells nothing that was told already", async () => {
    await waitFor("silver to fail", async () => ((await stateOf("silver")) === "failed" ? true : undefined));
    await invoke("pulse");

    await waitForAlarms({
      ...{ "silver-failed": "ALARM", "silver-dlq-not-empty": "ALARM", healthy: "ALARM" },
      ...{ "gold-failed": "OK", "staging-failed": "OK", "gold-dlq-not-empty": "OK" },
    });
    expect(await aboutSilver()).toHaveLength(1);
  }, 120_000);

  it("tells once that it is right again, when gold is live, and turns the alarms off", async () => {
    await stack.database.query("ALTER TABLE staging.rooms RENAME COLUMN room_no TO room_number");
    await stack.json("dlq", "replay", "silver", "--run", broken);
    const [recovered] = await waitFor("the alert", async () => {
      const found = (await aboutSilver()).filter(({ kind }) => kind === "recovered");
      return found.length > 0 ? found : undefined;
    });
    await invoke("pulse");

    expect(recovered?.subject).toMatch(/^\[Baton local\] RECOVERED gold of 2026-02-07 is live; silver had failed/);
    expect(recovered?.text).toContain(`gold of 2026-02-07 is live (run ${broken})`);
    await waitForAlarms({ "silver-failed": "OK", "silver-dlq-not-empty": "OK" });
    expect((await aboutSilver()).map(({ kind }) => kind)).toEqual(["recovered", "opened"]);
  }, 180_000);

  it("emits every metric that an alarm or graph names, and no other", async () => {
    await invoke("sweep");
    const logs = new CloudWatchLogsClient(clientOptions(stack.status));
    lines = await new LogReader(logs, "/aws/lambda/baton-local-").next();
    logs.destroy();
    const cloudFormation = new CloudFormationClient(clientOptions(stack.status));
    const { TemplateBody = "" } = await cloudFormation.send(new GetTemplateCommand({ StackName: "baton-local" }));
    cloudFormation.destroy();

    const emitted = new Set(
      lines
        .flatMap(readEmf)
        .map(({ name, dimensions }) => `${name} ${JSON.stringify(Object.entries(dimensions).sort())}`),
    );
    const named = metricsNamedIn(TemplateBody);

    expect([...named].filter((metric) => !emitted.has(metric))).toEqual([]);
    expect([...emitted].filter((metric) => !named.has(metric))).toEqual([]);
    expect(named.size).toBeGreaterThan(50);
  }, 60_000);

  it("has run, layer, attempt, business date and correlation id on the lines of a layer", () => {
    const logged = lines.filter((line) => line.startsWith('{"level"')).map((line) => JSON.parse(line) as object);

    expect(logged).toContainEqual(
      expect.objectContaining({
        message: "attempt failed",
        layer: "silver",
        runId: broken,
        attempt: 1,
        businessDate: DAY,
        correlationId: expect.any(String) as string,
      }),
    );
    const ofLayers = logged.filter((line) => "layer" in line && line.layer === "gold");
    expect(ofLayers.length).toBeGreaterThan(10);
    for (const line of ofLayers) expect(line).toHaveProperty("correlationId");
  });

  it("logs no row data", async () => {
    const [tenants] = await stack.database.query<(RowDataPacket & { value: string })[]>(
      "SELECT DISTINCT email_1 AS value FROM staging.tenants WHERE email_1 LIKE '%@%' LIMIT 500",
    );
    const text = lines.join("\n");

    expect(tenants.length).toBeGreaterThan(50);
    expect(tenants.filter(({ value }) => text.includes(value))).toEqual([]);
  });
});
