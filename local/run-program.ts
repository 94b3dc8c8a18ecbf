import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { PermanentError } from "../shared/errors/errors.ts";

/** Number of last lines of a program's output that an error quotes. */
const TAIL_LINES = 20;

/**
 * Runs a program and waits for its end.
 *
 * @throws PermanentError PROGRAM_FAILED with the last lines of its output
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await promisify(execFile)(command, args, { ...options, encoding: "utf8" });
  } catch (cause) {
    // execFile adds both to its error, except when the program could not start
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    const output = `${stdout}\n${stderr}`.trim() || String(cause);
    const tail = output.split("\n").slice(-TAIL_LINES).join("\n");
    throw new PermanentError("PROGRAM_FAILED", `${basename(command)} failed. The end of its output:\n${tail}`, {
      kind: "target",
      cause,
    });
  }
}
