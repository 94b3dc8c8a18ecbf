import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { batonHome } from "../../shared/config/checkout.ts";
import { testServices } from "./services.ts";

/** `local/bin/setup --with aws` installs the AWS CLI on machines without it. */
const OWN = join(batonHome, "aws-venv/bin");

/** Runs `aws` against the emulator. @returns its output @throws Error with its error output */
export async function aws(...args: string[]): Promise<string> {
  return awsAs({}, ...args);
}

/** Runs `aws` with another identity than the emulator's root: `AWS_ACCESS_KEY_ID` and so on. */
export async function awsAs(identity: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  // AWS CLI version 1 sends SQS requests to AWS despite AWS_ENDPOINT_URL
  const { emulator, folder } = testServices();
  const env = { ...emulator.env, PATH: `${OWN}:${process.env["PATH"] ?? ""}`, HOME: folder, ...identity };
  const held = ["--endpoint-url", emulator.endpoint];
  const { stdout } = await promisify(execFile)("aws", [...held, ...args], { env });
  return stdout;
}

/** Runs an `aws` command that prints JSON. */
export async function awsJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await aws(...args, "--output", "json")) as T; // the test asserts the expected type
}
