import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Mounts a small file system at a folder, which root may do. @returns whether it could be done */
export async function mountSmall(folder: string, megabytes: number): Promise<boolean> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}M`, "tmpfs", folder]);
    return true;
  } catch {
    return false;
  }
}

/** Takes the file system of `mountSmall` away, whoever still has files there. */
export async function unmount(folder: string): Promise<void> {
  await run("umount", ["--lazy", folder]);
}
