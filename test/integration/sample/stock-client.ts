import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { mariadbProgram } from "../../../local/mariadb.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";

/** The output of a client program. */
export interface ClientOutput {
  stdout: Buffer;
  stderr: string;
}

/**
 * Runs a MariaDB program against the test's server: the standard way to load and to dump.
 *
 * @throws Error with the program's error message when it fails
 */
export async function stockClient(
  { host, port, user, password }: WarehouseConfig,
  program: "mariadb" | "mariadb-dump",
  args: readonly string[],
  input: Iterable<Buffer> = [],
): Promise<ClientOutput> {
  const { command, env } = mariadbProgram(program);
  const options = [
    "--no-defaults",
    `--host=${host}`,
    `--port=${port}`,
    `--user=${user}`,
    "--default-character-set=utf8mb4",
  ];
  const child = spawn(command, [...options, ...args], { env: { ...env, MYSQL_PWD: password } });
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const closed = once(child, "close");
  // a client that fails closes its input first: its own message says more than the broken pipe
  await pipeline(Readable.from(input, { objectMode: false }), child.stdin).catch(() => undefined);
  const [exitCode] = (await closed) as [number | null]; // as Node documents it
  const stderr = Buffer.concat(errors).toString();
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode ?? "a signal"}: ${stderr.trim().slice(-500)}`);
  return { stdout: Buffer.concat(out), stderr };
}
