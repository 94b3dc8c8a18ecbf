import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { batonHome } from "../../local/paths.ts";
import { testServices } from "./services.ts";

/** `local/bin/setup --with aws` brings the command line where the machine has none. */
const OWN = join(batonHome, "aws-venv/bin");

/** Runs `aws` against the emulator. @returns what it prints @throws Error with what it said */
export async function aws(...args: string[]): Promise<string> {
  return awsAs({}, ...args);
}

/** The same by another identity than the emulator's root: `AWS_ACCESS_KEY_ID` and so on. */
export async function awsAs(identity: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  // version 1 of it asks AWS about queues, whatever AWS_ENDPOINT_URL says
  const { emulator, folder } = testServices();
  const env = { ...emulator.env, PATH: `${OWN}:${process.env["PATH"] ?? ""}`, HOME: folder, ...identity };
  const held = ["--endpoint-url", emulator.endpoint];
  const { stdout } = await promisify(execFile)("aws", [...held, ...args], { env });
  return stdout;
}

/** Runs an `aws` command that prints JSON. */
export async function awsJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await aws(...args, "--output", "json")) as T; // the test says what it expects, and asserts on it
}
