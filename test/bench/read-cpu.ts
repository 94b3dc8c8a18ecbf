import { readFile } from "node:fs/promises";

/** Processor time, which the kernel counts in hundredths of a second. */
export interface CpuTime {
  /** Of the process itself. */
  seconds: number;
  /** Of its children that have ended. */
  childSeconds: number;
}

const TICKS_PER_SECOND = 100;

/** Processor time of a process so far; undefined where there is no /proc. */
export async function readCpu(pid: number | "self"): Promise<CpuTime | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // the name, in parentheses, may contain spaces
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
  return { seconds: (user + system) / TICKS_PER_SECOND, childSeconds: (childUser + childSystem) / TICKS_PER_SECOND };
}
