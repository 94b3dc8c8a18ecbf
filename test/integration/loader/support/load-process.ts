import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectRoot } from "../../../../shared/config/checkout.ts";
import type { WarehouseConfig } from "../../../../shared/config/warehouse-config.ts";

/** A `baton load` in a separate process. */
export interface LoadProcess {
  kill(signal: NodeJS.Signals): void;
  /** Exit code (null if a signal ended it) and output. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Starts `baton load --json` into a schema. */
export function startLoad(config: WarehouseConfig, dump: string, schema: string, ...flags: string[]): LoadProcess {
  const { user, host, port, password } = config;
  const child = spawn(
    process.execPath,
    [
      join(projectRoot, "cli/bin.ts"),
      ...["load", "--json", "--dump", dump, "--schema", schema, "--target", `mysql://${user}@${host}:${port}`],
      ...flags,
    ],
    {
      // logs in CI have colors
      env: { ...process.env, BATON_TARGET_PASSWORD: password, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  return {
    kill: (signal) => void child.kill(signal),
    ended: once(child, "close").then(([code]) => ({
      code: code as number | null,
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
    })),
  };
}
