import { delimiter, join } from "node:path";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { engineProgram, programNames } from "../../local/engine-programs.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import type { BenchServer } from "./bench-server.ts";
import { runTimed, type Timed } from "./run-timed.ts";

/** Threads of myloader, as in the target to beat. */
const THREADS = 2;
/** Lets myloader split large tables over its threads. */
const CHUNK_MEGABYTES = 32;

/** Schemas of the contenders. */
export const SCHEMAS = { client: "bench_client", myloader: "bench_myloader", baton: "bench_baton" } as const;
export const BATON_SCHEMAS: readonly string[] = ["", "_next", "_backup"].map((suffix) => `${SCHEMAS.baton}${suffix}`);

/** The stock client of the server's engine: `mariadb < dump` or `mysql < dump`. */
export async function runClient(server: BenchServer, dump: string, signal?: AbortSignal): Promise<Timed> {
  await server.clear([SCHEMAS.client]);
  await server.create(SCHEMAS.client);
  const { engine, host, port, user, password } = server.database;
  const { command, first, env } = engineProgram("client", engine);
  const options = [`--host=${host}`, `--port=${port}`, `--user=${user}`, "--max-allowed-packet=1G"];
  const args = [...first, "--no-defaults", ...options, "--default-character-set=utf8mb4", SCHEMAS.client];
  return runTimed({
    name: programNames[engine].client,
    command,
    args,
    env: { ...env, MYSQL_PWD: password },
    stdin: dump,
    signal,
  });
}

/** mydumper with two threads. @param schema by default, the data that the client has loaded */
export async function makeMydumperDump(
  server: BenchServer,
  folder: string,
  signal?: AbortSignal,
  schema: string = SCHEMAS.client,
): Promise<Timed> {
  await rm(folder, { recursive: true, force: true });
  const args = [`--outputdir=${folder}`, `--database=${schema}`, `--threads=${THREADS}`];
  const more = [`--chunk-filesize=${CHUNK_MEGABYTES}`, "--no-views"];
  return runTimed({ name: "mydumper", ...benchProgram("mydumper", server, [...args, ...more]), signal });
}

/** myloader with two threads, from mydumper's own dump of the same data. */
export async function runMyloader(
  server: BenchServer,
  folder: string,
  signal?: AbortSignal,
  schema: string = SCHEMAS.myloader,
): Promise<Timed> {
  await server.clear([schema]);
  const args = [`--directory=${folder}`, `--database=${schema}`, `--threads=${THREADS}`];
  return runTimed({ name: "myloader", ...benchProgram("myloader", server, args), signal });
}

/** `./baton load` in a separate process. It loads only the tables that differ from the last load. */
export async function runBaton(server: BenchServer, dump: string, signal?: AbortSignal): Promise<Timed> {
  const { host, port, user, password } = server.database;
  const args = ["load", "--dump", dump, "--target", `mysql://${user}@${host}:${port}`, "--schema", SCHEMAS.baton];
  const env = { ...process.env, BATON_TARGET_PASSWORD: password };
  return runTimed({ name: "baton load", command: join(projectRoot, "baton"), args: [...args, "--json"], env, signal });
}

/** mydumper and myloader: the ones that set-up has unpacked, otherwise those of the machine. */
function benchProgram(
  name: string,
  server: BenchServer,
  args: readonly string[],
): { command: string; args: readonly string[]; env: NodeJS.ProcessEnv } {
  const { host, port, user, password } = server.database;
  const own = join(batonHome, "bench");
  const isOwn = existsSync(join(own, "usr/bin", name));
  const architecture = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  const libraries = ["usr/lib", "lib"].map((folder) => join(own, folder, architecture));
  const { env } = engineProgram("client", "mariadb");
  const path = [...libraries, env["LD_LIBRARY_PATH"] ?? ""].filter((folder) => folder !== "").join(delimiter);
  return {
    command: isOwn ? join(own, "usr/bin", name) : name,
    args: [`--host=${host}`, `--port=${port}`, `--user=${user}`, `--password=${password}`, ...args],
    // MySQL's logins need a plugin of the client's library
    env: isOwn
      ? { ...env, LD_LIBRARY_PATH: path, MARIADB_PLUGIN_DIR: join(libraries[0] ?? "", "libmariadb3/plugin") }
      : process.env,
  };
}
