import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../shared/config/checkout.ts";
import type { TestWarehouse } from "./warehouse.ts";

/** The URL of a side of a move, without the password. */
export function urlOf({ config: { user, host, port } }: TestWarehouse): string {
  return `mysql://${user}@${host}:${port}`;
}

/** Starts `baton migrate`; of an option that is given twice, the last one counts. */
export function startMigrate(
  { from, to }: { from: TestWarehouse; to: TestWarehouse },
  [command = "", ...words]: readonly string[],
  stdio: StdioOptions = "pipe",
): ChildProcess {
  const sides = ["--from", urlOf(from), "--to", urlOf(to), "--schema-prefix", from.prefix];
  return spawn(process.execPath, [join(projectRoot, "cli/bin.ts"), "migrate", command, ...sides, ...words], {
    env: { ...process.env, BATON_FROM_PASSWORD: from.config.password, BATON_TO_PASSWORD: to.config.password },
    stdio,
  });
}
