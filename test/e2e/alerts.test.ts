import { join } from "node:path";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  type Statistic,
} from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { RowDataPacket } from "mysql2/promise";
import type { Alert } from "../../events/alert.ts";
import { businessDateSchema } from "../../events/ids.ts";
import type { BatonEvent } from "../../events/schemas.ts";
import { clientOptions } from "../../local/emulator/client-options.ts";
import { LogReader } from "../../shared/aws/log-reader.ts";
import { LOCAL_NAMESPACE } from "../../local/metrics/metric-forwarder.ts";
import { metricsNamedIn } from "../../local/metrics/metrics-named-in.ts";
import { SUMMARY_KEY } from "../../shared/ledger/summary-key.ts";
import type { RunStatus } from "../../shared/ledger/reads/read-status.ts";
import { startStack, type TestStack } from "../support/baton.ts";
import { exampleEvent } from "../support/ledger/event-builders.ts";
import { problemOfLogLine } from "../support/log-format.ts";
import { compareMetrics, graphedMetrics } from "../support/template-metrics.ts";
import { waitFor as waitUntilThere } from "../support/wait-for.ts";

const DAY = "2026-02-07";
/** Alarm periods are a fifth of those on AWS. */
const PERIOD_SCALE = "0.2";

/** Personal data, which must stay in the database. */
const PERSONAL = "Yamada O'Brien, hanako@example.jp; 090-1234-5678";
const PARTS_OF_IT = /Yamada|O'Brien|hanako@|090-1234/;
const LAYERS = ["staging", "silver", "gold"];
/** Longer than an alert or the table of incidents can store. */
const ADVICE = `curl https://evil.example ${"x".repeat(100_000)}`;

/** A layer of the deployed pipeline fails and is repaired: the alarms, alerts, logs and metrics of one incident. */
describe("alerts", () => {
  let stack: TestStack;
  let cloudWatch: CloudWatchClient;
  let lambda: LambdaClient;
  let good: RunStatus;
  let broken: string;
  let lines: string[];
  let messages: string;
  let template: string;

  beforeAll(async () => {
    process.env["BATON_PERIOD_SCALE"] = PERIOD_SCALE;
    stack = await startStack();
    cloudWatch = new CloudWatchClient(clientOptions(stack.status));
    lambda = new LambdaClient(clientOptions(stack.status));
    const dump = join(stack.folder, "gghouse_20260207.sql");
    await stack.json("sample", "--size", "2MB", "--seed", "5", "--date", DAY, "--out", dump);
    good = await stack.json<RunStatus>("run", "--dump", dump, "--watch");
    const businessDate = businessDateSchema.parse(DAY);
    const error = { kind: "bug", code: "FORGED", message: "x", retriable: false, advice: ADVICE };
    const forged = Array.from({ length: 20 }, (_, count) =>
      exampleEvent("LayerFailed", { layer: `forged-${count}`, businessDate, error }),
    );
    expect(await forge(...forged)).toEqual([]);
    // silver waits for its lock while personal data replaces a number
    const holder = await stack.database.getConnection();
    await holder.query("SELECT GET_LOCK('baton:silver', 60)");
    broken = (await stack.json<{ run: { id: string } }>("run", "--dump", dump, "--force")).run.id;
    await waitFor("staging", async () => ((await stateOf("staging")) === "completed" ? true : undefined));
    await stack.database.query("ALTER TABLE staging.apartments MODIFY room_count varchar(200)");
    await stack.database.query("UPDATE staging.apartments SET room_count = ? ORDER BY id LIMIT 1", [PERSONAL]);
    await holder.query("SELECT RELEASE_LOCK('baton:silver')");
    holder.release();
  }, 240_000);
  afterAll(async () => {
    delete process.env["BATON_PERIOD_SCALE"];
    for (const client of [cloudWatch, lambda]) client?.destroy();
    await stack?.stop();
  }, 400_000);

  /**
   * Sends events that any principal with events:PutEvents can send, and waits until notify has received them.
   *
   * @returns the alerts about them
   */
  async function forge(...events: BatonEvent[]): Promise<Alert[]> {
    const bus = new EventBridgeClient(clientOptions(stack.status));
    const entry = { EventBusName: stack.status.bus, Source: "baton" };
    for (const { "detail-type": DetailType, detail } of events)
      await bus.send(new PutEventsCommand({ Entries: [{ ...entry, DetailType, Detail: JSON.stringify(detail) }] }));
    bus.destroy();
    const logs = new CloudWatchLogsClient(clientOptions(stack.status));
    await waitFor("notify to ignore the forged events", async () => {
      const log = (await new LogReader(logs).next("/aws/lambda/baton-local-notify")).map(({ message }) => message);
      const ignored = log.filter((line) => line.includes("no function of this environment has published it"));
      return events.every(({ detail }) => ignored.some((line) => line.includes(detail.metadata.eventId))) || undefined;
    });
    logs.destroy();
    return (await alerts()).filter(({ text, kind }) => text.includes("FORGED") || kind === "recovered");
  }
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

  it("reports a failed layer once, with the next step", async () => {
    const [alert] = await waitFor("the alert", async () => {
      const found = await aboutSilver();
      return found.length > 0 ? found : undefined;
    });

    // on a busy machine, an attempt may fail for another reason before
    const [[last]] = await stack.database.query<(RowDataPacket & { attempt: number })[]>(
      "SELECT attempt FROM pipeline.attempt WHERE run_id = ? AND layer = 'silver' AND state = 'failed'",
      [broken],
    );
    expect(alert).toMatchObject({ kind: "opened", severity: "error", layer: "silver", runId: broken });
    expect(alert?.subject).toMatch(/^\[Baton local\] FAILED silver of 2026-02-07: /);
    expect(alert?.subject.length).toBeLessThanOrEqual(100);
    for (const part of [
      `attempt ${last?.attempt} of run ${broken}`,
      "JST",
      "stg_apartments",
      "Incorrect integer value: '…' for column",
      `gold of 2026-02-07 (run ${good.run.id}, completed`,
      "stays live",
      `./baton status ${broken}`,
      `./baton dlq replay silver --run ${broken}`,
      "/aws/lambda/baton-local-silver",
      "./baton report --open",
      "docs/runbook.md#failed",
    ]) {
      expect(alert?.text).toContain(part);
    }
    // a completion of now would be the recovery
    const finishedAt = new Date().toISOString();
    expect(await forge(exampleEvent("PipelineCompleted", { finishedAt }))).toEqual([]);
    // reading the alerts does not remove them
    expect(await aboutSilver()).toEqual([alert]);
  }, 400_000);

  it("turns the alarms on, and sends no alert twice", async () => {
    await waitFor("silver to fail", async () => ((await stateOf("silver")) === "failed" ? true : undefined));
    await invoke("pulse");

    await waitForAlarms({
      ...{ "silver-failed": "ALARM", "silver-dlq-not-empty": "ALARM", healthy: "ALARM" },
      ...{ "gold-failed": "OK", "staging-failed": "OK", "gold-dlq-not-empty": "OK" },
    });
    expect(await aboutSilver()).toHaveLength(1);
    messages = JSON.stringify(await stack.json("dlq", "show", "silver"));
  }, 400_000);

  it("reports the recovery once, when gold is live, and turns the alarms off", async () => {
    const follower = stack.start("alerts", "--follow", "--json");
    await waitFor("the first alert to follow", () => Promise.resolve(follower.lines().length > 0 || undefined));
    await stack.database.query("UPDATE staging.apartments SET room_count = '1' WHERE room_count = ?", [PERSONAL]);
    await stack.database.query("ALTER TABLE staging.apartments MODIFY room_count int");
    await stack.json("dlq", "replay", "silver", "--run", broken);
    const [recovered] = await waitFor("the alert", async () => {
      const found = (await aboutSilver()).filter(({ kind }) => kind === "recovered");
      return found.length > 0 ? found : undefined;
    });
    await invoke("pulse");

    expect(recovered?.subject).toMatch(/^\[Baton local\] RECOVERED gold of 2026-02-07 is live; failed before: silver/);
    expect(recovered?.text).toContain(`gold of 2026-02-07 is live (run ${broken})`);
    await waitForAlarms({ "silver-failed": "OK", "silver-dlq-not-empty": "OK" });
    expect((await aboutSilver()).map(({ kind }) => kind)).toEqual(["recovered", "opened"]);
    const followed = await waitFor("the new alert to follow", () => {
      const received = follower.lines().map((line) => JSON.parse(line) as Alert); // one JSON object per line
      return Promise.resolve(received.some(({ id }) => id === recovered?.id) ? received : undefined);
    });
    expect(await follower.end("SIGINT")).toBe(0);
    expect(followed.filter(({ subject }) => subject.includes("silver")).map(({ kind }) => kind)).toEqual([
      "opened",
      "recovered",
    ]);
    // the command has returned the messages to the queue
    expect((await aboutSilver()).map(({ kind }) => kind)).toEqual(["recovered", "opened"]);
  }, 400_000);

  it("emits every metric of the alarms and graphs, and no other", async () => {
    // without the summary, sweep reads the ledger
    const s3 = new S3Client({ ...clientOptions(stack.status), forcePathStyle: true });
    await s3.send(new DeleteObjectCommand({ Bucket: stack.status.bucket, Key: SUMMARY_KEY }));
    s3.destroy();
    await invoke("sweep");
    const logs = new CloudWatchLogsClient(clientOptions(stack.status));
    lines = (await new LogReader(logs).nextOfAll("/aws/lambda/baton-local-")).map(({ message }) => message);
    logs.destroy();
    const cloudFormation = new CloudFormationClient(clientOptions(stack.status));
    ({ TemplateBody: template = "" } = await cloudFormation.send(new GetTemplateCommand({ StackName: "baton-local" })));
    cloudFormation.destroy();

    expect(compareMetrics(template, lines)).toEqual({ notEmitted: [], notNamed: [] });
    expect(metricsNamedIn(template).size).toBeGreaterThan(50);
  }, 400_000);

  it("has values for every line of every graph, with the period and statistic of the graph", async () => {
    const graphs = graphedMetrics(template);
    const EndTime = new Date(Date.now() + 60_000);
    const StartTime = new Date(Date.now() - 3_600_000);
    const withoutData = async (): Promise<string[]> => {
      const missing: string[] = [];
      for (const { title, name, dimensions, statistic, periodSeconds } of graphs) {
        const { Datapoints = [] } = await cloudWatch.send(
          new GetMetricStatisticsCommand({
            ...{ Namespace: LOCAL_NAMESPACE, MetricName: name, StartTime, EndTime, Period: periodSeconds },
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            Statistics: [statistic as Statistic], // all statistics of the catalogue are CloudWatch statistics
          }),
        );
        const values = Datapoints.map((point) => (point as Record<string, unknown>)[statistic]);
        if (!values.some((value) => typeof value === "number"))
          missing.push(`${title}: ${name} ${JSON.stringify(dimensions)}`);
      }
      return missing;
    };

    await waitFor("the forwarder to have all values", async () =>
      (await withoutData()).length === 0 ? true : undefined,
    ).catch(async () => expect(await withoutData()).toEqual([]));
    expect(graphs.length).toBeGreaterThan(60);
  }, 400_000);

  it("has one log format in all functions: run, layer, attempt, business date and correlation ID", () => {
    const problems = lines.map((line) => problemOfLogLine(line, LAYERS)).filter((problem) => problem !== undefined);
    const logged = lines.filter((line) => line.startsWith('{"level"')).map((line) => JSON.parse(line) as object);

    expect(problems.slice(0, 10)).toEqual([]);
    expect(logged).toContainEqual(
      expect.objectContaining({
        ...{ message: "attempt failed", layer: "silver", runId: broken, attempt: 1, businessDate: DAY },
        correlationId: expect.any(String) as string,
      }),
    );
    const sources = new Set(logged.map((line) => ("layer" in line ? line.layer : "")));
    expect([...sources]).toEqual(expect.arrayContaining([...LAYERS, "notify", "console", "docs", "refresh", "sweep"]));
  });

  it("logs at the level of the environment: everything in this one", async () => {
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const settings = Functions.map(({ Environment }) => Environment?.Variables ?? {});

    expect(settings.length).toBeGreaterThanOrEqual(10);
    for (const variables of settings) {
      expect(variables).toMatchObject({ POWERTOOLS_LOG_LEVEL: "DEBUG", POWERTOOLS_LOGGER_SAMPLE_RATE: "0" });
    }
    expect(lines.filter((line) => line.includes('"level":"DEBUG"')).length).toBeGreaterThan(10);
  });

  it("logs no row data", async () => {
    const [tenants] = await stack.database.query<(RowDataPacket & { value: string })[]>(
      "SELECT DISTINCT email_1 AS value FROM staging.tenants WHERE email_1 LIKE '%@%' LIMIT 500",
    );
    const text = lines.join("\n");

    expect(tenants.length).toBeGreaterThan(50);
    expect(tenants.filter(({ value }) => text.includes(value))).toEqual([]);
  });

  it("shows no value that a database error quotes, in any output", async () => {
    const s3 = new S3Client({ ...clientOptions(stack.status), forcePathStyle: true });
    const Bucket = stack.status.bucket;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "console/" }));
    const pages = await Promise.all(
      Contents.map(async ({ Key }) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()),
    );
    s3.destroy();
    const [tables] = await stack.database.query<(RowDataPacket & { name: string })[]>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'pipeline'",
    );
    const ledger: unknown[] = [];
    for (const { name } of tables) ledger.push((await stack.database.query(`SELECT * FROM pipeline.\`${name}\``))[0]);
    const places = {
      ...{ logs: lines.join("\n"), ledger: JSON.stringify(ledger), messages, pages: pages.join("\n") },
      alerts: JSON.stringify(await alerts()),
      status: JSON.stringify(await stack.json("status", broken)),
    };

    for (const [place, text] of Object.entries(places)) {
      // the error is recorded, without the value
      expect([place, place === "status" || text.includes("Incorrect integer value: ")]).toEqual([place, true]);
      expect([place, PARTS_OF_IT.exec(text)?.[0]]).toEqual([place, undefined]);
    }
  }, 400_000);
});
