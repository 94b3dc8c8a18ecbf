import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { batonHome } from "../../local/paths.ts";
import { testServices } from "./services.ts";

/** Folders for PATH with `aws` (local/bin/setup --with aws); none where the machine has its own. */
export function awsPath(): string[] {
  const own = join(batonHome, "aws-venv/bin/aws");
  return existsSync(own) ? [dirname(own)] : [];
}

/** What a person's shell has who uses the emulator as the account. */
export function awsEnvironment(): Record<string, string> {
  const { emulator } = testServices();
  const path = [...awsPath(), process.env["PATH"] ?? ""].join(":");
  return { ...emulator.env, PATH: path, HOME: testServices().folder, AWS_PAGER: "" };
}

/** Runs `aws` against the emulator. @returns what it prints @throws Error with what it said */
export async function aws(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("aws", args, { env: awsEnvironment() });
  return stdout;
}

/** Runs an `aws` command that prints JSON. */
export async function awsJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await aws(...args, "--output", "json")) as T; // the test says what it expects, and asserts on it
}
