import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { engineProgram, programNames } from "../../local/engine-programs.ts";
import { chosenEngine } from "../../local/engine.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";

/** The output of a client program. */
export interface ClientOutput {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs the client or the dump program of the engine under test against a server. */
async function runClient(
  { host, port, user, password }: WarehouseConfig,
  role: "client" | "dump",
  args: readonly string[],
  input: Iterable<Buffer> = [],
): Promise<ClientOutput> {
  const { command, first, env } = engineProgram(role);
  const access = ["--no-defaults", `--host=${host}`, `--port=${port}`, `--user=${user}`];
  const child = spawn(command, [...first, ...access, ...args], { env: { ...env, MYSQL_PWD: password } });
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const closed = once(child, "close");
  // a client that fails closes its input first; its own message explains more than the broken pipe
  await pipeline(Readable.from(input, { objectMode: false }), child.stdin).catch(() => undefined);
  const [code] = (await closed) as [number | null]; // as Node documents it
  return { code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(errors).toString() };
}

/** Loads a dump in the usual way, such as `mysql schema < dump`. The caller decides about failures. */
export function loadWithClient(
  config: WarehouseConfig,
  args: readonly string[],
  dump: Buffer | string | Iterable<Buffer>,
): Promise<ClientOutput> {
  const chunks = typeof dump === "string" || Buffer.isBuffer(dump) ? [Buffer.from(dump)] : dump;
  // MariaDB's default SQL mode; MySQL's own refuses zero dates, and a compact dump sets no mode
  const mode = "--init-command=SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'";
  const more = chosenEngine() === "mysql" ? [mode] : [];
  return runClient(config, "client", ["--default-character-set=utf8mb4", ...more, ...args], chunks);
}

/** Session settings for a dump without a header. */
const SESSION =
  "SET NAMES utf8mb4; SET time_zone = '+00:00'; SET foreign_key_checks = 0; SET unique_checks = 0; " +
  "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';\n";

/** Puts session settings before a dump without a header, after its byte order mark, if any. */
export function inSession(dump: string | Buffer): Buffer {
  const text = Buffer.from(dump);
  const start = text.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  return Buffer.concat([text.subarray(0, start), Buffer.from(SESSION), text.subarray(start)]);
}

/** Dumps a schema, or some of its tables. @throws Error with the program's message when it fails */
export async function dumpSchema(config: WarehouseConfig, args: readonly string[]): Promise<Buffer> {
  const { code, stdout, stderr } = await runClient(config, "dump", args);
  if (code !== 0) throw new Error(`${programNames[chosenEngine()].dump} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
