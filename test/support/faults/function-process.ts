import { readdir, readFile } from "node:fs/promises";

/** Process IDs of a deployed function. The emulator runs each environment of a function as one Node process. */
export async function functionProcesses(functionName: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const variables = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    // child processes do not have this variable: the layer gives them their own environment
    if (variables.split("\0").includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`)) found.push(pid);
  }
  return found;
}

/** Runs `kill -9` on every process of a function, but not on its child processes. */
export async function killFunction(functionName: string): Promise<number[]> {
  const pids = await functionProcesses(functionName);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids;
}

/** Process IDs of the direct children of processes. */
export async function childrenOf(pids: readonly number[]): Promise<number[]> {
  const children: number[] = [];
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    children.push(
      ...text
        .split(" ")
        .filter((item) => item !== "")
        .map(Number),
    );
  }
  return children;
}

/** True while the process exists and is not a zombie. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // the state follows the command's name, which may contain anything and ends at the last parenthesis
  return stat !== undefined && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}
