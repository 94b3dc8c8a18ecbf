import { mkdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { hasCode } from "./has-code.ts";

const POLL_MS = 100;

/**
 * Runs work that only one process on this machine may do at a time; other processes wait.
 *
 * @param path the lock: a symbolic link whose target is the ID of its process, because a link needs no space on a full
 *   disk and never exists without its target. The lock of a process that has ended is removed
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await take(path))) await wait(POLL_MS);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await symlink(String(process.pid), path);
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  // Baton 0.2 wrote a file; empty: the lock was just removed
  const holder = await readlink(path).catch(() => readFile(path, "utf8").catch(() => ""));
  if (holder !== "" && !isAlive(Number(holder))) {
    // rename succeeds for only one of the waiting processes
    const dead = `${path}.${process.pid}`;
    await rename(path, dead).catch(() => undefined);
    await rm(dead, { force: true });
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // a process of another user is also alive
    return hasCode(error, "EPERM");
  }
}
