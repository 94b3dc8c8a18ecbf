import { readdirSync, readFileSync } from "node:fs";

/** Interval between measurements of child processes: dbt's peak lasts longer. */
const INTERVAL_MS = 2_000;
const BYTES_PER_KIB = 1_024;

/** Measures the memory of the process and its children until stopped. */
export function watchMemory(): { stop(): number } {
  let peakOfChildren = 0;
  const look = (): void => {
    peakOfChildren = Math.max(peakOfChildren, residentBytesOfChildren(process.pid));
  };
  const timer = setInterval(look, INTERVAL_MS);
  timer.unref();
  return {
    /** @returns peak, bytes */
    stop() {
      clearInterval(timer);
      look();
      return process.resourceUsage().maxRSS * BYTES_PER_KIB + peakOfChildren;
    },
  };
}

/** Resident memory of all descendants; 0 where there is no /proc. */
function residentBytesOfChildren(pid: number): number {
  const processes = readProcesses();
  const family = new Set([pid]);
  let bytes = 0;
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, parent, residentBytes } of processes) {
      if (family.has(id) || !family.has(parent)) continue;
      family.add(id);
      bytes += residentBytes;
      grown = true;
    }
  }
  return bytes;
}

interface ProcessMemory {
  id: number;
  parent: number;
  residentBytes: number;
}

function readProcesses(): ProcessMemory[] {
  return namesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const status = textOf(`/proc/${name}/status`);
      const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
      const residentKib = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
      if (parent === undefined || residentKib === undefined) return [];
      return [{ id: Number(name), parent: Number(parent), residentBytes: Number(residentKib) * BYTES_PER_KIB }];
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // the process has just ended
    return "";
  }
}
