import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freePort } from "../free-port.ts";
import { batonHome } from "../../shared/config/checkout.ts";
import { accessKeySchema, type AccessKey } from "./client-options.ts";
import { runningService, startService, stopService, waitUntilReady } from "../service-process.ts";

/** The AWS emulator, on 127.0.0.1 only. */
export interface Emulator {
  endpoint: string;
  region: string;
  /** The root user's access key, random for each stack. */
  credentials: AccessKey;
  /** Environment variables for SDK clients. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Options of the emulator. */
export interface EmulatorOptions {
  folder: string;
  /** Process ID: the emulator stops when this process ends; for tests. */
  parentPid?: number | undefined;
}

const EMULATOR_REGION = "ap-northeast-1";
const START_MS = 60_000;

/** Environment for SDK clients and `serverless deploy`. */
function clientEnvironment(endpoint: string, { accessKeyId, secretAccessKey }: AccessKey): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: EMULATOR_REGION,
    AWS_DEFAULT_REGION: EMULATOR_REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** The root user's key of the folder's stack; a new one ends an emulator that was started without it. */
async function rootKey(folder: string): Promise<AccessKey> {
  const file = join(folder, "root-key.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) return accessKeySchema.parse(JSON.parse(text));
  const key = {
    accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64url"),
  };
  await stopService(folder);
  await writeFile(file, JSON.stringify(key), { mode: 0o600 });
  return key;
}

async function keptPort(path: string): Promise<number> {
  const kept = Number(await readFile(path, "utf8").catch(() => ""));
  if (kept > 0) return kept;
  const port = await freePort();
  await writeFile(path, String(port));
  return port;
}

/**
 * Starts the AWS emulator, or returns the one that already runs in the folder. Its functions use this process's Node.
 *
 * @throws PermanentError SERVICE_NOT_STARTED with the end of its log
 */
export async function startEmulator({ folder, parentPid }: EmulatorOptions): Promise<Emulator> {
  // the folder holds database secrets
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const credentials = await rootKey(folder);
  const port = await keptPort(join(folder, "port"));
  // an IP address makes clients use path-style S3 addresses, which need no DNS
  const endpoint = `http://127.0.0.1:${port}`;
  const emulator: Emulator = {
    endpoint,
    region: EMULATOR_REGION,
    credentials,
    env: clientEnvironment(endpoint, credentials),
    async stop() {
      await stopService(folder);
      await rm(join(folder, "tmp"), { recursive: true, force: true });
    },
  };
  if ((await runningService(folder)) === undefined) {
    const temporary = join(folder, "tmp");
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    // functions are unpacked inside the checkout, whose package.json would make them ES modules
    await writeFile(join(temporary, "package.json"), '{ "type": "commonjs" }');
    await startService({
      name: "the AWS emulator",
      command: join(batonHome, "venv/bin/python"),
      args: [join(import.meta.dirname, "guarded.py")],
      env: {
        PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
        HOME: folder,
        TMPDIR: temporary,
        GATEWAY_PORT: String(port),
        MINISTACK_HOST: "127.0.0.1",
        BIND_HOST: "127.0.0.1",
        MINISTACK_REGION: EMULATOR_REGION,
        AWS_DEFAULT_REGION: EMULATOR_REGION,
        LAMBDA_EXECUTOR: "local",
        // objects are saved immediately, all other state when the emulator stops
        PERSIST_STATE: "1",
        STATE_DIR: stateOf(folder),
        S3_PERSIST: "1",
        S3_DATA_DIR: join(folder, "s3"),
        SFTP_ENABLED: "0",
        IOT_MTLS_ENABLED: "0",
        PYTHONUNBUFFERED: "1",
        // checks every call of a function against its role, as on AWS
        AUTH: "true",
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        BATON_SERVICE: folder,
      },
      folder,
      parentPid,
    });
  }
  await waitUntilReady({ name: "the AWS emulator", folder }, () => answers(endpoint), START_MS);
  return emulator;
}

/**
 * Stops the emulator in a folder.
 *
 * @returns whether it has saved its state: not when it had to be killed, or when the disk is full
 */
export async function stopEmulator(folder: string): Promise<boolean> {
  // times of files are a little coarser than the clock
  const startedAt = Date.now() - 1_000;
  if ((await stopService(folder)) !== "stopped") return false;
  const files = await readdir(stateOf(folder)).catch(() => []);
  const saved = await Promise.all(files.map((file) => stat(join(stateOf(folder), file))));
  return saved.length > 0 && saved.every(({ mtimeMs }) => mtimeMs >= startedAt);
}

function stateOf(folder: string): string {
  return join(folder, "state");
}

async function answers(endpoint: string): Promise<boolean> {
  return (await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) })).ok;
}
