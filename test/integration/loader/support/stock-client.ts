import { spawn } from "node:child_process";
import { once } from "node:events";
import { mariadbProgram } from "../../../../local/mariadb.ts";
import type { WarehouseConfig } from "../../../../shared/config/warehouse-config.ts";

/** The output of a client program. */
export interface ProgramResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs one of MariaDB's client programs against the server. */
async function runProgram(
  name: string,
  config: WarehouseConfig,
  args: readonly string[],
  input: Buffer | string = "",
): Promise<ProgramResult> {
  const { command, env } = mariadbProgram(name);
  const access = [`--host=${config.host}`, `--port=${config.port}`, `--user=${config.user}`];
  const child = spawn(command, ["--no-defaults", ...access, ...args], {
    env: { ...env, MYSQL_PWD: config.password },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // a client that stops at an error closes its input early
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** Loads a dump the usual way: `mariadb schema < dump`. */
export function loadWithClient(config: WarehouseConfig, schema: string, dump: Buffer | string): Promise<ProgramResult> {
  return runProgram("mariadb", config, ["--default-character-set=utf8mb4", schema], dump);
}

/** Dumps a schema with the given flags. */
export async function dumpSchema(
  config: WarehouseConfig,
  schema: string,
  flags: readonly string[] = [],
): Promise<Buffer> {
  const { code, stdout, stderr } = await runProgram("mariadb-dump", config, [...flags, schema]);
  if (code !== 0) throw new Error(`mariadb-dump ${flags.join(" ")}: ${stderr}`);
  return stdout;
}
