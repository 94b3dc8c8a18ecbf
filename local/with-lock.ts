import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { hasCode } from "./has-code.ts";

const POLL_MS = 100;

/**
 * Does work that only one process of this machine may do at a time; others wait for their turn.
 *
 * @param path the lock file; it names the process that holds it, and is taken from one that has ended
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
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  const holder = await readFile(path, "utf8").catch(() => "");
  // empty: its holder is about to write its number
  if (holder !== "" && !isAlive(Number(holder))) {
    // only one of those who wait can move it away
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
    // another user's process lives as well
    return hasCode(error, "EPERM");
  }
}
