import { spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { PermanentError } from "../shared/errors/errors.ts";

/** A service of the local stack, run in its own process group. */
export interface ServiceCommand {
  /** Name for messages. */
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Folder for the service's log and pid file. */
  folder: string;
  /** Process ID: the service stops when this process ends, even if it is killed; for tests. */
  parentPid?: number | undefined;
}

/** Number of log lines that an error quotes. */
const TAIL_LINES = 20;
const STOP_MS = 20_000;

function pidFile(folder: string): string {
  return join(folder, "service.pid");
}

/** The log file of a service. */
function logFile(folder: string): string {
  return join(folder, "service.log");
}

/**
 * Stops the service's group when the parent process has ended; ends when the group has ended, whose ID another process may
 * get. Runs in bash, which outlives a killed Node.
 */
const WATCH_PARENT = [
  'while kill -0 "$1"; do sleep 1; kill -0 -- "-$2" || exit; done',
  'kill -TERM -- "-$2"; sleep 5; kill -KILL -- "-$2"',
].join("; ");

/**
 * Starts a service detached, with its output in a log file.
 *
 * @returns the process ID, which is also the ID of the group
 */
export async function startService(service: ServiceCommand): Promise<number> {
  mkdirSync(service.folder, { recursive: true });
  const log = openSync(logFile(service.folder), "a");
  const child = spawn(service.command, service.args, {
    cwd: service.folder,
    env: service.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
  child.unref();
  await writeFile(pidFile(service.folder), String(pid));
  if (service.parentPid !== undefined) {
    const watcher = spawn("bash", ["-c", WATCH_PARENT, "watch", String(service.parentPid), String(pid)], {
      detached: true,
      stdio: "ignore",
    });
    watcher.unref();
  }
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The process ID of a running service; undefined when it does not run, or when another process has reused its ID. */
export async function runningService(folder: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(folder), "utf8").catch(() => ""));
  if (pid === 0 || Number.isNaN(pid) || !isAlive(pid)) return undefined;
  // our services have the folder in their environment; without /proc the process ID must suffice
  const commandLine = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => folder);
  return commandLine.includes(folder) ? pid : undefined;
}

/**
 * Stops a service and its process group; kills them after 20 seconds.
 *
 * @returns whether it stopped by itself, was killed, or was not running
 */
export async function stopService(folder: string): Promise<"stopped" | "killed" | "not running"> {
  const pid = await runningService(folder);
  if (pid === undefined) {
    await rm(pidFile(folder), { force: true });
    return "not running";
  }
  signalGroup(pid, "SIGTERM");
  const deadline = Date.now() + STOP_MS;
  while (isAlive(pid) && Date.now() < deadline) await wait(50);
  const ended = isAlive(pid) ? "killed" : "stopped";
  signalGroup(pid, "SIGKILL");
  await rm(pidFile(folder), { force: true });
  return ended;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the whole group has ended
  }
}

/**
 * Waits until a service responds.
 *
 * @throws PermanentError SERVICE_NOT_STARTED with the end of the service's log
 */
export async function waitUntilReady(
  { name, folder }: { name: string; folder: string },
  isReady: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (await isReady().catch(() => false)) return;
    if ((await runningService(folder)) === undefined) break;
    await wait(100);
  }
  const log = await readFile(logFile(folder), "utf8").catch(() => "");
  const tail = log.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new PermanentError("SERVICE_NOT_STARTED", `${name} did not start. The end of ${logFile(folder)}:\n${tail}`, {
    kind: "bug",
    advice: `Read ${join(dirname(folder), "...")}, then start again: ./baton local down && ./baton local up`,
  });
}
