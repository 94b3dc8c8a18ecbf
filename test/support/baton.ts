import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import mysql from "mysql2/promise";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { localStatusSchema, type LocalStatus } from "../../local/local-status.ts";
import { cloneCheckout } from "./clone-checkout.ts";
import { mountSmall, unmount } from "./faults/small-folder.ts";

/** The result of a `./baton` command. */
interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A running `./baton` command. */
interface RunningCommand {
  /** Output so far, line by line. */
  lines(): string[];
  /**
   * Sends a signal and waits for the process to end. @returns its exit code, or the signal's name if a signal ended it
   */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** A local stack for one test, used through `./baton` as a user does. */
export interface TestStack {
  folder: string;
  status: LocalStatus;
  baton(...args: string[]): Promise<CommandResult>;
  /** Runs `./baton ... --json`, expects exit code 0 and returns the parsed output. */
  json<T>(...args: string[]): Promise<T>;
  /** Starts `./baton` with these arguments, for a command that runs until it is stopped. */
  start(...args: string[]): RunningCommand;
  /** The arguments of each command so far, in order. */
  carriedOut: string[][];
  /** The stack has a small file system of its own, which needs root. */
  isDiskSmall: boolean;
  database: mysql.Pool;
  stop(): Promise<void>;
}

/** How a stack's commands are started. */
interface Launcher {
  /** The words before the arguments. */
  words: string[];
  env: NodeJS.ProcessEnv;
}

async function run({ words, env }: Launcher, args: readonly string[]): Promise<CommandResult> {
  const child = spawn("env", [...words, ...args], { cwd: projectRoot, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode ?? -1));
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

function startCommand({ words, env }: Launcher, args: readonly string[]): RunningCommand {
  // a separate process group: a terminal's signal reaches the launcher and its children
  const child = spawn("env", [...words, ...args], {
    ...{ cwd: projectRoot, env, detached: true },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal ?? "")),
  );
  return {
    lines: () => stdout.split("\n").filter((line) => line !== ""),
    end(signal) {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
      return ended;
    },
  };
}

/**
 * Starts a stack with `./baton local up`. It ends with this process at the latest.
 *
 * @param options.programs a folder with programs that the commands find first
 * @param options.diskMegabytes size of a file system for everything that the stack writes
 * @param options.clone use a clone in a path that is hard to handle, by a symbolic link, and as a user other than root
 */
export async function startStack({
  programs,
  diskMegabytes,
  clone = false,
}: { programs?: string; diskMegabytes?: number; clone?: boolean } = {}): Promise<TestStack> {
  const top = await mkdtemp(join(batonHome, "test-stack-"));
  const checkout = clone ? join(top, `Gebäude à 東京 ${"x".repeat(80)}`, "baton") : projectRoot;
  const link = clone ? join(top, "link") : projectRoot;
  const folder = clone ? join(checkout, ".state") : top;
  if (clone) {
    await cloneCheckout(checkout);
    await symlink(checkout, link);
    await mkdir(folder);
  }
  const isDiskSmall = diskMegabytes !== undefined && (await mountSmall(folder, diskMegabytes));
  const { BATON_TEST_SERVICES: _, ...environment } = process.env;
  const path = [...(programs === undefined ? [] : [programs]), process.env["PATH"] ?? ""].join(delimiter);
  const env = { ...environment, PATH: path, BATON_STATE: folder, BATON_PARENT_PID: String(process.pid), NODE_ENV: "" };
  const carriedOut: string[][] = [];
  const launcher: Launcher = { words: [...(clone ? await otherUser() : []), join(link, "baton")], env };
  const baton = (...args: string[]): Promise<CommandResult> => {
    carriedOut.push(args);
    return run(launcher, args);
  };
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await baton(...args, "--json");
    if (code !== 0) throw new Error(`baton ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as T; // the test asserts the expected type
  };
  const status = localStatusSchema.parse(await json("local", "up"));
  const { host, port, user, password } = status.database;
  const database = mysql.createPool({ host, port, user, password, connectionLimit: 4, dateStrings: true });
  return {
    folder,
    status,
    baton,
    json,
    carriedOut,
    isDiskSmall,
    start(...args) {
      carriedOut.push(args);
      return startCommand(launcher, args);
    },
    database,
    async stop() {
      await database.end();
      await baton("local", "down");
      if (isDiskSmall) await unmount(folder);
      await rm(top, { recursive: true, force: true });
    },
  };
}

/** Words that run a program as a user without a name and without the rights of root; none if this user is not root. */
async function otherUser(): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const words = ["unshare", "--user", "--map-user=60001", "--map-group=60001", "--"];
  const { code } = await run({ words, env: process.env }, ["true"]);
  // some containers allow no user namespaces
  return code === 0 ? words : [];
}
