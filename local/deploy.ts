import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CreateArchiveCommand, EventBridgeClient, ResourceAlreadyExistsException } from "@aws-sdk/client-eventbridge";
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  paginateDescribeAlarms,
  PutCompositeAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { alarmCatalogue, parseAlarmName } from "../shared/observability/alarm-catalogue.ts";
import { PermanentError } from "../shared/errors/errors.ts";
import { dropDatabaseUsers, makeDatabaseUsers } from "./database-users.ts";
import { clientOptions } from "./emulator/client-options.ts";
import type { Emulator } from "./emulator/emulator.ts";
import { readLayerTable } from "./layer-table.ts";
import type { DatabaseServer } from "./database-server.ts";
import { batonHome, projectRoot } from "../shared/config/checkout.ts";
import { withLock } from "./with-lock.ts";

/** An emulator that runs, however it was started. */
export type RunningEmulator = Omit<Emulator, "stop">;

/** A local environment to deploy. */
export interface LocalStage {
  stage: string;
  emulator: RunningEmulator;
  database: Pick<DatabaseServer, "host" | "port" | "user" | "password">;
  schemaPrefix?: string;
  /** Additional parameters of serverless.yml, for tests. */
  params?: Readonly<Record<string, string>>;
  /** Folder of another serverless.yml, for tests that change the project. */
  folder?: string;
}

/** Interval at which osls polls CloudFormation; its default of five seconds is for AWS. */
const POLL_MS = "250";

/** Lines of the deployment's output that an error quotes. */
const TAIL_LINES = 25;

const ARCHIVE_DAYS = 30;

/** Deploys an environment with `serverless deploy`, as on AWS. @throws PermanentError DEPLOY_FAILED with its output */
export async function deploy(local: LocalStage): Promise<void> {
  const folder = local.folder ?? projectRoot;
  const layers = await readLayerTable(folder);
  const secrets = new SecretsManagerClient(clientOptions(local.emulator));
  const users = await makeDatabaseUsers({ ...local, layers, secrets }).finally(() => secrets.destroy());
  const params = {
    databaseEndpoint: local.database.host,
    databasePort: String(local.database.port),
    databaseLoaderSecretArn: users.loader,
    databaseDbtSecretArn: users.dbt,
    databaseLedgerSecretArn: users.ledger,
    databaseReviewSecretArn: users.review,
    dbtPython: join(batonHome, "venv/bin/python"),
    dbtProject: join(folder, "dbt"),
    awsEndpoint: local.emulator.endpoint,
    ...(local.schemaPrefix !== undefined && { schemaPrefix: local.schemaPrefix }),
    ...local.params,
  };
  // CloudWatch cannot delete alarms of removed layers while a composite alarm includes them
  await deleteHealthAlarm(local);
  await serverless(["deploy", "--stage", local.stage], { params, emulator: local.emulator, folder });
  await makeArchive(local);
  await makeHealthAlarm(local);
}

/** Creates the archive of the bus: the emulator's CloudFormation cannot (serverless/resources/by-target.yml). */
async function makeArchive({ stage, emulator }: LocalStage): Promise<void> {
  const client = new EventBridgeClient(clientOptions(emulator));
  const outputs = await stageOutputs(stage, emulator);
  const settings = {
    ArchiveName: `baton-${stage}`,
    EventPattern: JSON.stringify({ source: ["baton"] }),
    RetentionDays: ARCHIVE_DAYS,
  };
  try {
    await client.send(new CreateArchiveCommand({ ...settings, EventSourceArn: outputs?.["BusArn"] }));
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  } finally {
    client.destroy();
  }
}

/** Creates the composite alarm, which the emulator's CloudFormation does not support (serverless/alarms.ts). */
async function makeHealthAlarm({ stage, emulator }: Pick<LocalStage, "stage" | "emulator">): Promise<void> {
  const client = new CloudWatchClient(clientOptions(emulator));
  try {
    const names: string[] = [];
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
      { client },
      { AlarmNamePrefix: `baton-${stage}-` },
    )) {
      names.push(...MetricAlarms.map(({ AlarmName = "" }) => AlarmName));
    }
    const errors = names.filter((name) => {
      const kind = parseAlarmName(stage, name)?.kind;
      return kind !== undefined && alarmCatalogue[kind].severity === "error";
    });
    const AlarmRule = errors.map((name) => `ALARM("${name}")`).join(" OR ");
    // an environment of a test may have no alarms
    if (AlarmRule !== "") await client.send(new PutCompositeAlarmCommand({ AlarmName: healthAlarm(stage), AlarmRule }));
  } finally {
    client.destroy();
  }
}

async function deleteHealthAlarm({ stage, emulator }: Pick<LocalStage, "stage" | "emulator">): Promise<void> {
  const client = new CloudWatchClient(clientOptions(emulator));
  await client.send(new DeleteAlarmsCommand({ AlarmNames: [healthAlarm(stage)] }));
  client.destroy();
}

function healthAlarm(stage: string): string {
  return `baton-${stage}-healthy`;
}

/** Removes a deployed environment and its database users. */
export async function undeploy(local: LocalStage): Promise<void> {
  const { stage, emulator, folder = projectRoot } = local;
  await deleteHealthAlarm(local);
  await serverless(["remove", "--stage", stage], { params: {}, emulator, folder });
  const secrets = new SecretsManagerClient(clientOptions(emulator));
  await dropDatabaseUsers({ ...local, secrets }).finally(() => secrets.destroy());
}

interface ServerlessOptions {
  params: Readonly<Record<string, string>>;
  emulator: RunningEmulator;
  folder: string;
}

/** The environment variables without those of AWS, so that osls cannot reach a real account. */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));
}

async function serverless(args: readonly string[], options: ServerlessOptions): Promise<void> {
  const home = join(batonHome, "serverless");
  await mkdir(home, { recursive: true });
  // the bundler does not remove its temporary folders
  const temporary = await mkdtemp(join(home, "tmp-"));
  try {
    // concurrent calls would overwrite the bundles and templates in the folder
    await withLock(join(options.folder, ".serverless.lock"), () =>
      runServerless(args, options, { HOME: home, TMPDIR: temporary }),
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function runServerless(
  args: readonly string[],
  { params, emulator, folder }: ServerlessOptions,
  folders: Readonly<Record<string, string>>,
): Promise<void> {
  const flags = Object.entries(params).map(([name, value]) => `--param=${name}=${value}`);
  const child = spawn(
    process.execPath,
    [join(projectRoot, "node_modules/serverless/bin/serverless.js"), ...args, "--region", emulator.region, ...flags],
    {
      cwd: folder,
      env: {
        ...withoutAws(process.env),
        ...emulator.env,
        ...folders,
        PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
        SLS_TELEMETRY_DISABLED: "1",
        SLS_NOTIFICATIONS_MODE: "off",
        SLS_INTERACTIVE_SETUP_ENABLE: "0",
        SLS_AWS_MONITORING_FREQUENCY: POLL_MS,
        CI: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return;
  const tail = Buffer.concat(output).toString("utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new PermanentError("DEPLOY_FAILED", `serverless ${args.join(" ")} ended with ${String(code)}:\n${tail}`, {
    kind: "bug",
    advice: "The message has the output of serverless. To start again: ./baton local down && ./baton local up",
  });
}

/** Outputs of a deployed environment; undefined when it is not deployed. */
export async function stageOutputs(
  stage: string,
  emulator: RunningEmulator,
): Promise<Record<string, string> | undefined> {
  const client = new CloudFormationClient(clientOptions(emulator));
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: `baton-${stage}` }));
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return Object.fromEntries(outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  } catch (error) {
    if (error instanceof Error && /does not exist/i.test(error.message)) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
