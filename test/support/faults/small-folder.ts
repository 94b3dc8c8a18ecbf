import { execFile } from "node:child_process";
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

/** Unmounts the file system of `mountSmall`, even while files on it are open. */
export async function unmount(folder: string): Promise<void> {
  await run("umount", ["--lazy", folder]);
}
