import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { accessKeySchema } from "../../local/emulator/client-options.ts";
import { startEmulator, type Emulator } from "../../local/emulator/emulator.ts";
import { startDatabase, type DatabaseServer } from "../../local/database-server.ts";
import { chosenEngine, engines, type Engine } from "../../local/engine.ts";
import { batonHome } from "../../shared/config/checkout.ts";
import { runningService, stopService } from "../../local/service-process.ts";

/** The services that all tests of a run share: a private database server of an engine, and an AWS emulator. */
export interface TestServices {
  folder: string;
  database: Omit<DatabaseServer, "stop">;
  emulator: Omit<Emulator, "stop">;
}

/** A test run that has just created its folder may not have started its services yet. */
const STARTING_MS = 120_000;

/** The variable that passes the services to the test processes. */
const VARIABLE = "BATON_TEST_SERVICES";

const databaseSchema = z.object({
  engine: z.enum(engines),
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string(),
  url: z.string(),
});

const servicesSchema = z.object({
  folder: z.string(),
  databases: z.partialRecord(z.enum(engines), databaseSchema),
  emulator: z.object({
    endpoint: z.string(),
    region: z.string(),
    credentials: accessKeySchema,
    env: z.record(z.string(), z.string()),
  }),
});
type RunningServices = z.infer<typeof servicesSchema>;

/** Folders of killed test runs. Their services have ended, but their files remain. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(batonHome)).filter((name) => name.startsWith("test-"));
  for (const folder of names.map((name) => join(batonHome, name))) {
    const parts = [folder, ...[...engines, "emulator"].map((name) => join(folder, name))];
    const isNew = Date.now() - (await stat(folder)).mtimeMs < STARTING_MS;
    const running = await Promise.all(parts.map(runningService));
    if (isNew || running.some((pid) => pid !== undefined)) continue;
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Small file systems that a killed disk-full test has left mounted. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile("/proc/self/mounts", "utf8").catch(() => "");
  // a space in a path is written as \040
  const decoded = (path: string): string =>
    path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  const points = mounts.split("\n").flatMap((line) => decoded(line.split(" ")[1] ?? ""));
  for (const point of points.filter((path) => path.startsWith(`${folder}/`))) {
    await promisify(execFile)("umount", ["--lazy", point]);
  }
}

/**
 * Starts the services, unless another project of the same run has started them. They end with this process at the
 * latest.
 */
export async function startServices(): Promise<void> {
  if (process.env[VARIABLE] !== undefined) return;
  await mkdir(batonHome, { recursive: true });
  await removeLeftovers();
  const folder = await mkdtemp(join(batonHome, "test-"));
  // files of tests and killed functions are removed with the services
  process.env["TMPDIR"] = join(folder, "tmp");
  await mkdir(process.env["TMPDIR"]);
  const engine = chosenEngine();
  const [database, emulator] = await Promise.all([
    startDatabase({ folder: join(folder, engine), engine, parentPid: process.pid }),
    startEmulator({ folder: join(folder, "emulator"), parentPid: process.pid }),
  ]);
  process.env[VARIABLE] = JSON.stringify({ folder, databases: { [engine]: database }, emulator });
}

/** Starts the services with a server of the other engine, too. */
export async function startBothEngines(): Promise<void> {
  await startServices();
  const { folder, databases, emulator } = runningServices();
  const engine = otherEngine();
  const database = await startDatabase({ folder: join(folder, engine), engine, parentPid: process.pid });
  process.env[VARIABLE] = JSON.stringify({ folder, databases: { ...databases, [engine]: database }, emulator });
}

/** The engine that is not in `BATON_ENGINE`. */
function otherEngine(): Engine {
  return chosenEngine() === "mysql" ? "mariadb" : "mysql";
}

function runningServices(): RunningServices {
  return servicesSchema.parse(JSON.parse(process.env[VARIABLE] ?? "null"));
}

/** The services of this test run, with a server of the engine under test. */
export function testServices(engine: Engine = chosenEngine()): TestServices {
  const { folder, databases, emulator } = runningServices();
  const database = databases[engine];
  if (database === undefined) throw new Error(`no server of ${engine} runs for the tests`);
  return { folder, database, emulator };
}

/** Stops the services and removes their files. */
export async function stopServices(): Promise<void> {
  if (process.env[VARIABLE] === undefined) return;
  const { folder } = runningServices();
  delete process.env[VARIABLE];
  for (const service of [...engines, "emulator"]) await stopService(join(folder, service));
  await rm(folder, { recursive: true, force: true });
}
