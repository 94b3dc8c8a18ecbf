import { spawn } from "node:child_process";
import { constants } from "node:os";

/** A program for the user's terminal. */
interface TerminalProgram {
  command: string;
  /** Arguments that come before the user's. */
  first?: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** Runs a program on this terminal. @returns its exit code */
export async function runOnTerminal(
  { command, first = [], env }: TerminalProgram,
  args: readonly string[],
): Promise<number> {
  const child = spawn(command, [...first, ...args], { env, stdio: "inherit" });
  // the terminal also sends Ctrl-C to the program, which stops its statement; this process ends after the program
  const wait = (): void => undefined;
  const forward = (): boolean => child.kill("SIGTERM");
  process.on("SIGINT", wait).on("SIGTERM", forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off("SIGINT", wait).off("SIGTERM", forward);
  }
}
