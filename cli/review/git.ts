import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { projectRoot } from "../../shared/config/checkout.ts";

const run = promisify(execFile);

interface GitOptions {
  /** Where Git runs; the checkout by default. */
  folder?: string;
  /** Added to the environment. */
  env?: NodeJS.ProcessEnv;
}

/** Runs Git and returns its output. */
export async function git(args: readonly string[], { folder = projectRoot, env }: GitOptions = {}): Promise<string> {
  return (await run("git", ["-C", folder, ...args], { env: { ...process.env, ...env } })).stdout;
}
