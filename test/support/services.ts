import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { accessKeySchema } from "../../local/emulator/client-options.ts";
import { startEmulator, type Emulator } from "../../local/emulator/emulator.ts";
import { startMariadb, type Mariadb } from "../../local/mariadb.ts";
import { batonHome } from "../../local/paths.ts";
import { runningService } from "../../local/service-process.ts";

/** The services that all tests of a run share: a private MariaDB and an AWS emulator. */
export interface TestServices {
  folder: string;
  mariadb: Omit<Mariadb, "stop">;
  emulator: Omit<Emulator, "stop">;
}

/** A test run that has just created its folder may not have started its services yet. */
const STARTING_MS = 120_000;

/** The variable that passes the services to the test processes. */
const VARIABLE = "BATON_TEST_SERVICES";

const servicesSchema = z.object({
  folder: z.string(),
  mariadb: z.object({
    host: z.string(),
    port: z.number(),
    user: z.string(),
    password: z.string(),
    url: z.string(),
  }),
  emulator: z.object({
    endpoint: z.string(),
    region: z.string(),
    credentials: accessKeySchema,
    env: z.record(z.string(), z.string()),
  }),
});

/** Folders of killed test runs. Their services have ended, but their files remain. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(batonHome)).filter((name) => name.startsWith("test-"));
  for (const folder of names.map((name) => join(batonHome, name))) {
    const parts = [folder, join(folder, "mariadb"), join(folder, "emulator")];
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
  const points = mounts.split("\n").flatMap((line) => line.split(" ")[1] ?? []);
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
  const [mariadb, emulator] = await Promise.all([
    startMariadb({ folder: join(folder, "mariadb"), diesWith: process.pid }),
    startEmulator({ folder: join(folder, "emulator"), diesWith: process.pid }),
  ]);
  process.env[VARIABLE] = JSON.stringify({ folder, mariadb, emulator });
}

/** The services of this test run. */
export function testServices(): TestServices {
  return servicesSchema.parse(JSON.parse(process.env[VARIABLE] ?? "null"));
}

/** Stops the services and removes their files. */
export async function stopServices(): Promise<void> {
  if (process.env[VARIABLE] === undefined) return;
  const { folder } = testServices();
  delete process.env[VARIABLE];
  await startMariadb({ folder: join(folder, "mariadb") }).then((mariadb) => mariadb.stop());
  await startEmulator({ folder: join(folder, "emulator") }).then((emulator) => emulator.stop());
  await rm(folder, { recursive: true, force: true });
}
