import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { RowDataPacket } from "mysql2/promise";
import { readAlerts } from "../../cli/alerts/read-alerts.ts";
import type { RunId } from "../../events/ids.ts";
import { secretName, userNames } from "../../local/database-users.ts";
import { clientOptions } from "../../local/emulator/client-options.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import { databaseUsers, grantsOf, quoteAccount, type DatabaseUser } from "../../shared/warehouse/users/grants.ts";
import { readSecret } from "../../shared/warehouse/connection/read-secret.ts";
import { ChatTool } from "../support/stand-ins/chat-tool.ts";
import { EventTap, type TappedEvent } from "../support/ledger/event-tap.ts";
import { ProcessWatch } from "../support/process-watch.ts";
import { testServices } from "../support/services.ts";
import { deployStage, type TestStage } from "../support/stack.ts";
import { StageRuns } from "../support/stage-runs.ts";

const DAY = "2026-02-07";
const FUNCTIONS = [
  "staging",
  "silver",
  "gold",
  "sweep",
  "replay",
  "pulse",
  "notify",
  "refresh",
  "console",
  "docs",
  "review",
];

/** Passwords are rotated and rejected in the middle of runs of the deployed pipeline; no secret may appear. @slow */
describe("secrets", () => {
  let stage: TestStage;
  let runs: StageRuns;
  let secrets: SecretsManagerClient;
  let chat: ChatTool;
  let webhookSecretArn: string;
  let tap: EventTap;
  let processes: ProcessWatch;
  let dump: string;
  /** Every secret in use, by a name that may be printed. */
  const known = new Map<string, string>();
  let failing: RunId;

  beforeAll(async () => {
    const { emulator, database, folder } = testServices();
    secrets = new SecretsManagerClient(clientOptions(emulator));
    // a chat tool that rejects everything: an error could quote a request that failed
    chat = new ChatTool([], 500);
    const address = await chat.start();
    const webhookToken = keep("the webhook's address", token());
    const signingKey = keep("the webhook's key", token());
    const made = await secrets.send(
      new CreateSecretCommand({
        Name: `webhook-${randomBytes(4).toString("hex")}`,
        SecretString: JSON.stringify({ url: `${address}/services/${webhookToken}`, signingKey }),
      }),
    );
    webhookSecretArn = made.ARN ?? "";
    processes = new ProcessWatch();
    stage = await deployStage({ params: { webhookSecretArn } });
    runs = new StageRuns(stage);
    keep("the administrator's password", database.password);
    for (const user of databaseUsers) keep(`first password of ${user}`, (await secretOf(user)).password);
    tap = await EventTap.open(stage.status.bus, { source: ["baton"] });
    dump = join(folder, `${stage.status.stage}-dump`, "gghouse_20260207.sql");
    const sample = generateSample({ sizeBytes: 1e6, seed: 3, date: DAY });
    await writeSample(sample, { file: dump, manifestFile: dump.replace(".sql", ".json") });
  }, 400_000);

  afterAll(async () => {
    await tap?.close();
    runs?.close();
    await stage?.dispose();
    await secrets.send(new DeleteSecretCommand({ SecretId: webhookSecretArn, ForceDeleteWithoutRecovery: true }));
    secrets.destroy();
    await chat.stop();
  }, 400_000);

  const token = (): string => randomBytes(18).toString("base64url");
  function keep(name: string, secret: string): string {
    known.set(name, secret);
    return secret;
  }
  const secretOf = (user: DatabaseUser) => readSecret(secretName(stage.status.stage, user), secrets);
  const accountOf = (user: DatabaseUser): string => {
    const { userPrefix, host } = userNames(stage.warehouse.prefix);
    return quoteAccount(userPrefix + user, host);
  };
  async function changeInDatabase(user: DatabaseUser): Promise<string> {
    const password = keep(`password ${known.size} of ${user}`, token());
    await stage.warehouse.pool.query(`ALTER USER ${accountOf(user)} IDENTIFIED BY ?`, [password]);
    return password;
  }
  async function putSecret(user: DatabaseUser, text: string): Promise<void> {
    const SecretId = secretName(stage.status.stage, user);
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: text }));
  }
  async function changeInSecret(user: DatabaseUser, password: string): Promise<void> {
    await putSecret(user, JSON.stringify({ username: (await secretOf(user)).user, password }));
  }

  it("are rotated in the middle of a day without a deployment, and the run completes", async () => {
    // the database already has dbt's new password, the secret does not
    const password = await changeInDatabase("dbt");
    const run = await runs.request(dump);
    await runs.untilLayer(run, "staging", "running");
    await changeInSecret("loader", await changeInDatabase("loader"));
    await runs.untilLayer(run, "staging", "completed");
    await runs.until("two refusals of silver", async () =>
      (await runs.countLogged("silver", "credentials-refused")) >= 2 ? true : undefined,
    );
    expect(await runs.dlqMessages("silver")).toEqual([]);
    await changeInSecret("dbt", password);
    await runs.untilLayer(run, "silver", "running");
    await changeInSecret("dbt", await changeInDatabase("dbt"));
    await changeInSecret("ledger", await changeInDatabase("ledger"));

    expect(await runs.untilEnd(run)).toEqual(["staging completed", "silver completed", "gold completed"]);
    for (const layer of ["staging", "silver", "gold"]) expect(await runs.dlqMessages(layer)).toEqual([]);
  }, 400_000);

  it("that cannot be read, and missing privileges, send the message to the DLQ until they are repaired", async () => {
    const { password, user } = await secretOf("dbt");
    await putSecret("dbt", keep("a secret that is no JSON", `password: ${password}`));
    failing = await runs.request(dump, 1);
    const message = async (code: string) =>
      (await runs.dlqMessages("silver")).find((found) => found.code === code || found.pattern === code);
    const unreadable = await runs.until("the DLQ message", () => message("SECRET_INVALID"));

    await putSecret("dbt", JSON.stringify({ username: user, password }));
    const silverNext = `${stage.warehouse.prefix}silver_next`.replaceAll("_", "\\_");
    await stage.warehouse.pool.query(`REVOKE CREATE ON \`${silverNext}\`.* FROM ${accountOf("dbt")}`);
    await runs.replay("silver");
    const denied = await runs.until("the DLQ message", () => message("database-right-missing"));

    expect(unreadable).toMatchObject({ runId: failing, message: expect.stringContaining("secret arn:") as string });
    expect(denied).toMatchObject({
      runId: failing,
      message: expect.stringMatching(/CREATE command denied to user '\w+_dbt'@/) as string,
    });
    await runs.until("an alert", () => Promise.resolve(chat.received.length > 0 ? true : undefined));
    for (const statement of grantsOf("dbt", { ...userNames(stage.warehouse.prefix), layers: await readLayerTable() })) {
      await stage.warehouse.pool.query(statement);
    }
    await runs.replay("silver");
    await runs.untilLayer(failing, "gold", "completed");
  }, 400_000);

  it("appear in no log, event, DLQ message, table, page, alert, setting or command line", async () => {
    await runs.until("the page of the failed run", async () =>
      (await objects()).some(([key]) => key.endsWith(`${failing}.html`)) ? true : undefined,
    );
    await stage.access.lambda.send(new InvokeCommand({ FunctionName: functionName("sweep"), Payload: "{}" }));
    const commands = await processes.stop();
    const places: [place: string, text: string, isKnownBy: string][] = [
      ["logs", (await runs.logLines()).join("\n"), failing],
      ["events", (await drain()).join("\n"), failing],
      ["ledger", await rowsOf("pipeline"), failing],
      ["samples of rows", await rowsOf("quality"), ""],
      ["alerts", JSON.stringify(await readAlerts(stage.access.sqs, stage.status.alertsQueue)), failing],
      ["messages to the chat", chat.received.map(({ body }) => body).join("\n"), failing],
      ["incidents", await incidents(), "silver"],
      ["template", await template(), "AURORA_SECRET_ARN"],
      ["settings of functions", JSON.stringify(await settings()), "AURORA_SECRET_ARN"],
      ["command lines", commands.join("\n"), "launcher.py"],
      ...commands.map((line): [string, string, string] => [`command line ${line.slice(0, 80)}`, line, ""]),
      ...(await objects()).map(([key, text]): [string, string, string] => [`s3 ${key}`, text, ""]),
      ["files of functions", (await filesIn(join(testServices().folder, "emulator", "tmp"))).join("\n"), "baton-"],
    ];

    for (const [place, text, isKnownBy] of places) expect([place, text.includes(isKnownBy)]).toEqual([place, true]);
    const found = places.flatMap(([place, text]) =>
      [...known].filter(([, secret]) => text.includes(secret)).map(([name]) => `${place}: ${name}`),
    );
    expect(found).toEqual([]);
    expect(known.size).toBeGreaterThanOrEqual(12);
    expect(commands.length).toBeGreaterThan(5);
  }, 400_000);

  const functionName = (name: string): string => `baton-${stage.status.stage}-${name}`;

  async function drain(): Promise<string[]> {
    const events: TappedEvent[] = [];
    const isLast = (event: TappedEvent): boolean => {
      events.push(event);
      return false;
    };
    // the timeout is the end: no more events
    await tap.next("more events", isLast, 3_000).catch(() => undefined);
    return events.map((event) => JSON.stringify(event));
  }

  async function rowsOf(schema: string): Promise<string> {
    const { pool, prefix } = stage.warehouse;
    const [tables] = await pool.query<(RowDataPacket & { name: string })[]>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?",
      [prefix + schema],
    );
    const rows: unknown[] = [];
    for (const { name } of tables) rows.push(await pool.query(`SELECT * FROM \`${prefix}${schema}\`.\`${name}\``));
    return JSON.stringify(rows.map((result) => (result as unknown[])[0])); // the driver returns rows, then fields
  }

  async function incidents(): Promise<string> {
    const { Environment } = await stage.access.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionName("notify") }),
    );
    const client = new DynamoDBClient(clientOptions(stage.status));
    const { Items } = await client.send(
      new ScanCommand({ TableName: Environment?.Variables?.["BATON_INCIDENTS_TABLE"] }),
    );
    client.destroy();
    return JSON.stringify(Items);
  }

  async function template(): Promise<string> {
    const client = new CloudFormationClient(clientOptions(stage.status));
    const { TemplateBody = "" } = await client.send(
      new GetTemplateCommand({ StackName: `baton-${stage.status.stage}` }),
    );
    client.destroy();
    return TemplateBody;
  }

  function settings(): Promise<unknown[]> {
    return Promise.all(
      FUNCTIONS.map((name) =>
        stage.access.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName(name) })),
      ),
    );
  }

  async function objects(): Promise<[key: string, text: string][]> {
    const { s3, bucket } = stage.access;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Promise.all(
      Contents.map(async ({ Key = "" }): Promise<[string, string]> => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return [Key, (await Body?.transformToString()) ?? ""];
      }),
    );
  }

  /** All files of a folder. Other tests start and remove functions at the same time, so any of them may be gone. */
  async function filesIn(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const texts = entries.map(async (entry): Promise<string[]> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      const isCode = entry.isFile() && !entry.name.endsWith(".map");
      return isCode ? [await readFile(path, "latin1").catch(() => "")] : [];
    });
    return [...entries.map(({ name }) => name), ...(await Promise.all(texts)).flat()];
  }
});
