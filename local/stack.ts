import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { codeHash } from "../shared/config/code-hash.ts";
import { adoptTarget } from "../shared/ledger/adopt-target.ts";
import { PermanentError } from "../shared/errors/errors.ts";
import type { Credentials, WarehouseConfig } from "../shared/config/warehouse-config.ts";
import { connect } from "../shared/warehouse/connection/connect.ts";
import { findTarget } from "../shared/warehouse/identity/find-target.ts";
import { readSecret } from "../shared/warehouse/connection/read-secret.ts";
import { LOCAL_STAGE } from "../shared/text/command-for.ts";
import { secretName } from "./database-users.ts";
import { deploy, stageOutputs, type RunningEmulator } from "./deploy.ts";
import { clientOptions } from "./emulator/client-options.ts";
import { startEmulator, stopEmulator } from "./emulator/emulator.ts";
import { readLayerTable, type LayerRow } from "./layer-table.ts";
import { serviceFolders, statusFile, type LocalStatus } from "./local-status.ts";
import { engineOfData, startDatabase, type DatabaseServer } from "./database-server.ts";
import { engineNames, engines, requestedEngine, type Engine } from "./engine.ts";
import { startForwarder } from "./metrics/forwarder-service.ts";
import { projectRoot, stateFolder } from "../shared/config/checkout.ts";
import { runningService, stopService } from "./service-process.ts";
import { withLock } from "./with-lock.ts";

/** Process ID: the stack stops when this process ends; for tests. */
const parentPid = process.env["BATON_PARENT_PID"] === undefined ? undefined : Number(process.env["BATON_PARENT_PID"]);

const lockFile = join(stateFolder, "lock");
/** Hash of the code that is deployed to the running emulator. */
const hashFile = join(stateFolder, "deployed.sha256");
/** The same for the state that a clean shutdown saved. Missing after a crash, so that the stack is deployed again. */
const savedHashFile = join(stateFolder, "saved.sha256");

/** Reports progress, one line for each step. */
export type Say = (text: string) => void;

interface DeployedOn {
  emulator: RunningEmulator;
  database: Omit<DatabaseServer, "stop">;
  layers: readonly LayerRow[];
}

/** Describes a deployed environment for clients. */
export async function describeStage(stage: string, { emulator, database, layers }: DeployedOn): Promise<LocalStatus> {
  const outputs = (await stageOutputs(stage, emulator)) ?? {};
  const idOf = (name: string): string => name.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
  const { engine, host, port, user, password, url } = database;
  return {
    stage,
    endpoint: emulator.endpoint,
    region: emulator.region,
    credentials: emulator.credentials,
    bus: outputs["BusName"] ?? "",
    bucket: outputs["BucketName"] ?? "",
    replayFunction: outputs["ReplayFunctionName"] ?? "",
    alertsQueue: outputs["AlertsQueueUrl"] ?? "",
    deployment: outputs["Deployment"] ?? "",
    targetFingerprint: outputs["TargetFingerprint"],
    queues: Object.fromEntries(
      layers.map(({ name }) => [
        name,
        { url: outputs[`${idOf(name)}QueueUrl`] ?? "", dlqUrl: outputs[`${idOf(name)}DlqUrl`] ?? "" },
      ]),
    ),
    database: { engine, host, port, user, password, url },
    operator: await readOperator(stage, emulator),
  };
}

async function readOperator(stage: string, emulator: RunningEmulator): Promise<Credentials> {
  const secrets = new SecretsManagerClient(clientOptions(emulator));
  return readSecret(secretName(stage, "operator"), secrets).finally(() => secrets.destroy());
}

interface UpOptions {
  /** Deploys even if nothing has changed. */
  force?: boolean;
  /** Default: the engine of the stack's data, else `BATON_ENGINE`, else MariaDB. */
  engine?: Engine | undefined;
}

/**
 * Starts the local stack and deploys to it. Skips running services, and the deployment if nothing has changed.
 *
 * @throws PermanentError ENGINE_MISMATCH if the stack has data of another engine than the requested one
 */
export async function localUp(say: Say, options: UpOptions = {}): Promise<LocalStatus> {
  await mkdir(stateFolder, { recursive: true });
  // it holds passwords
  await chmod(stateFolder, 0o700);
  return withLock(lockFile, () => up(say, options));
}

async function up(say: Say, { force = false, engine: wanted = requestedEngine() }: UpOptions): Promise<LocalStatus> {
  // first, so that an error in the table is reported before anything starts
  const layers = await readLayerTable();
  const engine = stackEngine(wanted);
  const databaseRan = (await runningService(serviceFolders[engine])) !== undefined;
  const emulatorRan = (await runningService(serviceFolders.emulator)) !== undefined;
  say(databaseRan ? `${engineNames[engine]} is already running` : `starting ${engineNames[engine]}`);
  const database = await startDatabase({ folder: serviceFolders[engine], engine, parentPid });
  await adoptOwnServer(database);
  say(emulatorRan ? "the AWS emulator is already running" : "starting the AWS emulator");
  const emulator = await startEmulator({ folder: serviceFolders.emulator, parentPid });
  const hash = await codeHash(projectRoot);
  const deployed = await readFile(emulatorRan ? hashFile : savedHashFile, "utf8").catch(() => "");
  await rm(savedHashFile, { force: true });
  await writeFile(hashFile, deployed);
  if (force || deployed !== hash) {
    say(`deploying environment ${LOCAL_STAGE} with serverless`);
    await deploy({ stage: LOCAL_STAGE, emulator, database });
    await writeFile(hashFile, hash);
  } else {
    say("already deployed, and nothing has changed");
  }
  await startForwarder({ folder: serviceFolders.forwarder, emulator, parentPid });
  const status = await describeStage(LOCAL_STAGE, { emulator, database, layers });
  await writeFile(statusFile, JSON.stringify(status, null, 2), { mode: 0o600 });
  return status;
}

/** The engine of the stack's data, or the requested one if there are none. */
function stackEngine(wanted: Engine | undefined): Engine {
  const present = engines.find((engine) => engineOfData(serviceFolders[engine]) !== undefined);
  if (present === undefined) return wanted ?? "mariadb";
  if (wanted === undefined || wanted === present) return present;
  const message = `the local stack has its data in ${engineNames[present]}, and ${engineNames[wanted]} was requested`;
  throw new PermanentError("ENGINE_MISMATCH", message, {
    kind: "input",
    advice:
      `To go on with ${engineNames[present]}, leave --engine and BATON_ENGINE out: ./baton local up\nFor ${engineNames[wanted]}, ` +
      `delete the stack's data first (./baton local down --purge), or use a second stack in another folder (BATON_STATE=FOLDER).`,
  });
}

/**
 * Updates the identity of the local server in a ledger of Baton 0.1, which has its `server_uid`. That value changes
 * with the network, so the server is recognized by the data directory in the ledger.
 */
async function adoptOwnServer({ host, port, user, password }: Omit<DatabaseServer, "stop">): Promise<void> {
  const warehouse: WarehouseConfig = { host, port, user, password, tls: "disabled", schemaPrefix: "" };
  const connection = await connect(warehouse);
  const found = await findTarget(connection, warehouse).finally(() => connection.end());
  const isOwn =
    found.row?.members.some((member) => member.endsWith(` datadir=${serviceFolders.mariadb}/data/`)) === true;
  if (!isOwn || found.row?.members.includes(found.server.name) === true) return;
  await adoptTarget(warehouse, { deployment: undefined, layers: [], adoptedBy: "baton local up", dryRun: false });
}

/** Stops the local stack. Its data and state are available again after the next start, unless `purge` deletes them. */
export async function localDown({ purge = false }: { purge?: boolean } = {}): Promise<void> {
  await withLock(lockFile, down);
  if (purge) await rm(stateFolder, { recursive: true, force: true });
}

async function down(): Promise<void> {
  await stopService(serviceFolders.forwarder);
  const isSaved = await stopEmulator(serviceFolders.emulator);
  for (const engine of engines) await stopService(serviceFolders[engine]);
  await rm(statusFile, { force: true });
  if (isSaved) await rename(hashFile, savedHashFile).catch(() => undefined);
}
