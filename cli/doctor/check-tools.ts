import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { failed, ok, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

const NODE_MAJOR = 24;
const ASK = "from importlib.metadata import version; print(version('dbt-core'), version('dbt-mysql'))";

/** Checks that Node and dbt on this machine have the versions that Baton supports. */
export async function checkTools({ checkout, python }: DoctorPorts): Promise<Check[]> {
  const node = process.versions.node;
  return [
    Number(node.split(".")[0]) >= NODE_MAJOR
      ? ok("Node", node)
      : failed("Node", `${node}, expected ${NODE_MAJOR} or newer`, "local/bin/setup installs it"),
    ...(python === undefined ? [] : [await checkDbt(checkout, python)]),
  ]; // prettier-ignore
}

async function checkDbt(checkout: string, python: string): Promise<Check> {
  const pinned = await Promise.all([
    pin(join(checkout, "dbt/requirements.txt"), "dbt-core"),
    pin(join(checkout, "dbt/requirements-adapter.txt"), "dbt-mysql"),
  ]);
  const expected = `dbt-core ${pinned[0] ?? "?"}, dbt-mysql ${pinned[1] ?? "?"}`;
  try {
    const { stdout } = await promisify(execFile)(python, ["-c", ASK]);
    const [core, adapter] = stdout.trim().split(" ");
    const found = `dbt-core ${core ?? ""}, dbt-mysql ${adapter ?? ""}`;
    return found === expected ? ok("dbt", found) : failed("dbt", `${found}, expected ${expected}`, "local/bin/setup");
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n").at(-2) ?? error.message) : String(error);
    return failed("dbt", `cannot read the version of dbt in ${python}: ${reason}`, "local/bin/setup");
  }
}

async function pin(file: string, name: string): Promise<string | undefined> {
  return new RegExp(`^${name}==([\\w.]+)`, "m").exec(await readFile(file, "utf8"))?.[1];
}
