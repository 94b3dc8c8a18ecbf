import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";

export const dbtFolder = join(projectRoot, "dbt");
export const python = join(batonHome, "venv/bin/python");

const resultsSchema = z.object({
  results: z.array(
    z.object({
      unique_id: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      failures: z.number().nullish(),
    }),
  ),
});
const eventSchema = z.object({
  info: z.object({ name: z.string(), level: z.string(), msg: z.string() }),
  data: z.record(z.string(), z.unknown()),
});
type DbtResult = z.infer<typeof resultsSchema>["results"][number] & { name: string };
type DbtEvent = z.infer<typeof eventSchema>;

/** The results of a dbt run: exit code, output, JSON events and the results of its nodes. */
export interface DbtRun {
  exitCode: number;
  output: string;
  events: DbtEvent[];
  results: DbtResult[];
  /** The folder with dbt's target, logs and other files. */
  folder: string;
}

export interface DbtOptions {
  vars?: Readonly<Record<string, string | boolean | undefined>>;
  /** Additional environment variables; undefined removes a variable. */
  env?: Readonly<Record<string, string | undefined>>;
  /** The folder that dbt writes to; a new one by default. */
  folder?: string;
  /** The project; the checkout's by default. */
  project?: string;
  /** A command that wraps dbt's, such as `unshare -m sh -c '...; exec "$@"' sh`. */
  within?: readonly string[];
  /** Called with the process after it has started. */
  started?: (child: ChildProcess) => void;
}

/** The vars of every run in these tests. */
export const RUN = { business_date: "2026-02-07", run_id: "run-1" } as const;

/** Runs dbt through the launcher, as the layers do, in a separate folder. */
export async function dbt(warehouse: WarehouseConfig, args: string[], options: DbtOptions = {}): Promise<DbtRun> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "baton-dbt-"));
  const project = options.project ?? dbtFolder;
  const vars = { ...RUN, schema_prefix: warehouse.schemaPrefix, ...options.vars };
  const command = [
    ...(options.within ?? []),
    ...[python, join(project, "launcher.py"), ...args],
    ...["--log-format", "json", "--log-level-file", "none", "--no-use-colors", "--vars", JSON.stringify(vars)],
    ...["--target-path", join(folder, "target"), "--log-path", join(folder, "logs")],
  ];
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      PYTHONDONTWRITEBYTECODE: "1",
      AURORA_ENDPOINT: warehouse.host,
      AURORA_PORT: String(warehouse.port),
      AURORA_USER: warehouse.user,
      AURORA_PASSWORD: warehouse.password,
      BATON_DATABASE_TLS: "disabled",
      ...options.env,
    },
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  options.started?.(child);
  const [exitCode] = (await once(child, "close")) as [number | null]; // as Node documents it
  const output = Buffer.concat(chunks).toString();
  return {
    exitCode: exitCode ?? -1,
    output,
    events: output.split("\n").flatMap(parseEvent),
    results: await readResults(join(folder, "target")),
    folder,
  };
}

/** Builds a layer as its function does: models and data tests, into `<layer>_next`. */
export function buildLayer(
  warehouse: WarehouseConfig,
  layer: "silver" | "gold",
  options: DbtOptions & { args?: string[] } = {},
): Promise<DbtRun> {
  const { args = [], ...rest } = options;
  return dbt(warehouse, ["build", "--select", `tag:${layer}`, "--exclude-resource-type", "unit_test", ...args], {
    ...rest,
    vars: { build_layer: layer, ...options.vars },
  });
}

/** The nodes of a run that have a status, by name. */
export function withStatus(run: DbtRun, ...statuses: string[]): string[] {
  return run.results.filter((result) => statuses.includes(result.status)).map((result) => result.name);
}

function parseEvent(line: string): DbtEvent[] {
  try {
    const parsed = eventSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

async function readResults(target: string): Promise<DbtResult[]> {
  try {
    const { results } = resultsSchema.parse(JSON.parse(await readFile(join(target, "run_results.json"), "utf8")));
    const nodes = results.filter(({ unique_id }) => !unique_id.startsWith("operation."));
    return nodes.map((result) => ({ ...result, name: result.unique_id.split(".")[2] ?? result.unique_id }));
  } catch {
    return [];
  }
}
