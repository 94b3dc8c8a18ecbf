import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { formatBytes } from "../../shared/text/format.ts";
import { ok, warning, type Check } from "./check.ts";

const WARNING_PERCENT = 90;

/** Warns when the disk of the local stack is nearly full: a database without space cannot write. */
export async function checkDisk(folder: string): Promise<Check> {
  return judgeDisk(folder, await statfs(folder));
}

/** Judges the space of a folder's file system. */
export function judgeDisk(
  folder: string,
  { blocks, bfree, bavail, bsize }: Pick<StatsFs, "blocks" | "bfree" | "bavail" | "bsize">,
): Check {
  // as df: what is reserved for root counts neither as used nor as available
  const used = blocks - bfree;
  const percent = Math.ceil((100 * used) / Math.max(1, used + bavail));
  const found = `${percent} % of the disk of ${folder} is used, ${formatBytes(bavail * bsize)} are available`;
  if (percent <= WARNING_PERCENT) return ok("disk", found);
  return warning("disk", found, `Free space. What Baton uses: du -sh ${folder}`);
}
