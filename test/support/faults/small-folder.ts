import { execFile } from "node:child_process";
import { statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Mounts a small file system at a folder, which needs root. @returns whether it succeeded */
export async function mountSmall(folder: string, megabytes: number): Promise<boolean> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}M`, "tmpfs", folder]);
    return true;
  } catch {
    return false;
  }
}

/** Writes a file that leaves at most this much of the folder's file system free. @returns the file */
export async function fillUp(folder: string, freeBytes: number): Promise<string> {
  const ballast = join(folder, "ballast");
  const { bavail, bsize } = await statfs(folder);
  try {
    await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
  } catch (error) {
    // servers that use the folder write meanwhile: then the disk is full before the last byte of the file
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  return ballast;
}

/** Unmounts the file system of `mountSmall`, even while files on it are open. */
export async function unmount(folder: string): Promise<void> {
  await run("umount", ["--lazy", folder]);
}
