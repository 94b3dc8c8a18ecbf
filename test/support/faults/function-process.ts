import { readdir, readFile } from "node:fs/promises";

/** Process ids of a deployed function: the emulator runs each environment of a function as one Node process. */
export async function functionProcesses(functionName: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const variables = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    // children of a function inherit nothing of this: the stage gives them an environment of their own
    if (variables.split("\0").includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`)) found.push(pid);
  }
  return found;
}

/** `kill -9` of every process of a function, and of nothing else: what it had started is left to itself. */
export async function killFunction(functionName: string): Promise<number[]> {
  const pids = await functionProcesses(functionName);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids;
}

/** Process ids of the direct children of processes. */
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

/** True while the process exists and is not only waiting to be buried. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // the state stands behind the command's name, which may hold anything but ends in the last parenthesis
  return stat !== undefined && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}
