import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { z } from "zod";
import { PermanentError } from "../../shared/errors/errors.ts";

/** Runs a command of the AWS CLI and parses its JSON. @throws PermanentError AWS_COMMAND_FAILED with the CLI's message */
export type Aws = <T extends z.ZodType>(schema: T, ...args: string[]) => Promise<z.infer<T>>;

const MAX_OUTPUT = 64 * 1024 * 1024;

/** The AWS CLI with the credentials and settings of this shell, which `deploy/deploy` uses, too. */
export const awsCli: Aws = async (schema, ...args) => {
  try {
    const { stdout } = await promisify(execFile)("aws", [...args, "--output", "json"], { maxBuffer: MAX_OUTPUT });
    return schema.parse(stdout.trim() === "" ? {} : JSON.parse(stdout));
  } catch (cause) {
    const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    const message = `aws ${args.slice(0, 2).join(" ")}: ${stderr === "" ? String(cause) : stderr}`;
    throw new PermanentError("AWS_COMMAND_FAILED", message, { kind: "aws", cause });
  }
};

/** True if an error of the AWS CLI says that something does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && /NotFound|not found|does not exist|NonExistent|NoSuch|\(404\)/.test(error.message);
}
