import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { ensureCredentials } from "../warehouse/connection/ensure-credentials.ts";
import type { AttemptKey } from "../ledger/claims/settle.ts";
import { PermanentError } from "../errors/errors.ts";
import { timeZone } from "../time/time-zone.ts";
import type { SeparateBuild } from "./separate-build.ts";
import { manifestSchema, runResultsSchema, type DbtManifest, type DbtRunResults } from "./dbt-artifacts.ts";
import { parseDbtLogLine, type DbtLogLine } from "./dbt-log.ts";

/** How to start dbt. */
export interface DbtInstallation {
  python: string;
  /** Folder of the dbt project; may be read-only. */
  project: string;
  /** Folder of launcher.py and profiles.yml, if not the project's: nothing of the project then runs as a program. */
  launcher?: string;
  threads: number;
}

/** One invocation of dbt. */
export interface DbtInvocation {
  args: readonly string[];
  vars: Readonly<Record<string, string | boolean>>;
  warehouse: WarehouseConfig;
  /** The attempt that dbt works for: its sessions are rejected after the ledger records another attempt. */
  attempt?: AttemptKey;
  /** Builds in separate schemas and reads everything else from the live tables. */
  separateBuild?: SeparateBuild;
  /** An empty folder for target, logs and home of this invocation. */
  workFolder: string;
  onLog(line: DbtLogLine): void;
  signal: AbortSignal;
}

/** The result of a dbt invocation. */
export interface DbtOutcome {
  exitCode: number;
  results: DbtRunResults;
  manifest: DbtManifest;
}

/** dbt was killed from outside, for instance because it ran out of memory. */
class ChildKilledError extends Error {
  readonly code = "CHILD_KILLED";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, message: string) {
    super(message);
    this.name = "ChildKilledError";
    this.signal = signal;
  }
}

/** dbt could not run. Its output decides whether a retry can help (shared/errors/patterns.ts). */
class DbtFailedError extends Error {
  readonly code = "DBT_FAILED";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options: { cause: unknown }) {
    super(message, options);
    this.name = "DbtFailedError";
    this.exitCode = exitCode;
  }
}

/** Time for dbt to cancel its queries before it is killed. */
const GRACE_MS = 10_000;
/** Number of output lines that an error quotes. */
const TAIL_LINES = 15;

function environmentOf(
  installation: DbtInstallation,
  invocation: DbtInvocation,
  warehouseVariables: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const { workFolder, attempt } = invocation;
  return {
    PATH: process.env["PATH"],
    // Lambda does not set HOME, but dbt writes there
    HOME: workFolder,
    LANG: "C.UTF-8",
    PYTHONUNBUFFERED: "1",
    ...warehouseVariables,
    BATON_DBT_THREADS: String(installation.threads),
    ...(attempt !== undefined && { BATON_ATTEMPT: JSON.stringify(attempt) }),
  };
}

/**
 * Returns the environment variables with which dbt reaches a warehouse; certificate authorities that this process trusts
 * are written to a file in the work folder.
 *
 * @param separateBuild builds in separate schemas instead of the layer's
 */
export async function dbtVariables({
  warehouse,
  workFolder,
  separateBuild,
}: Pick<DbtInvocation, "warehouse" | "workFolder" | "separateBuild">): Promise<NodeJS.ProcessEnv> {
  const caFile = warehouse.ca === undefined ? "" : join(workFolder, "ca.pem");
  if (warehouse.ca !== undefined) await writeFile(caFile, warehouse.ca);
  await ensureCredentials(warehouse);
  return {
    PYTHONDONTWRITEBYTECODE: "1",
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
    AURORA_ENDPOINT: warehouse.host,
    AURORA_PORT: String(warehouse.port),
    AURORA_USER: warehouse.user,
    AURORA_PASSWORD: warehouse.password,
    BATON_DATABASE_TLS: warehouse.tls,
    // without this, the client library of dbt's adapter does not send a token
    ...(warehouse.sendsCleartext === true && { LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN: "1" }),
    BATON_DATABASE_CA: caFile,
    BATON_SCHEMA_PREFIX: warehouse.schemaPrefix,
    BATON_TIME_ZONE: timeZone(),
    BATON_PARENT_PID: String(process.pid),
    ...(warehouse.defaultSchema !== undefined && { BATON_DEFAULT_SCHEMA: warehouse.defaultSchema }),
    ...(separateBuild !== undefined && { BATON_SEPARATE_BUILD: JSON.stringify(separateBuild) }),
  };
}

/**
 * Runs dbt in a child process and reads its JSON log while it runs.
 *
 * @returns the outcome, also for builds with failed nodes and for a build that the signal stopped, whose unreached
 *   nodes are marked as skipped
 * @throws the errors of reading the credentials (`ensureCredentials`)
 * @throws DbtFailedError (code DBT_FAILED) with the end of its output when dbt could not run and left no results
 * @throws ChildKilledError (code CHILD_KILLED) when it was killed from outside
 */
export async function runDbt(installation: DbtInstallation, invocation: DbtInvocation): Promise<DbtOutcome> {
  const { workFolder, signal } = invocation;
  const target = join(workFolder, "target");
  await mkdir(target, { recursive: true });
  const variables = await dbtVariables(invocation);
  const launcher = installation.launcher ?? installation.project;
  const folders = ["--project-dir", installation.project, "--profiles-dir", launcher];
  const outputs = ["--target-path", target, "--log-path", join(workFolder, "logs")];
  const child = spawn(
    installation.python,
    [
      join(launcher, "launcher.py"),
      ...["--log-format", "json", "--log-level-file", "none", "--no-use-colors"],
      ...invocation.args,
      ...folders,
      ...outputs,
      ...["--vars", JSON.stringify(invocation.vars)],
    ],
    {
      cwd: workFolder,
      env: environmentOf(installation, invocation, variables),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const tail: string[] = [];
  const keep = (text: string): void => {
    tail.push(text);
    if (tail.length > TAIL_LINES) tail.shift();
  };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (text) => {
    const parsed = parseDbtLogLine(text);
    if (parsed === undefined || parsed.level === "error") keep(parsed?.message ?? text);
    if (parsed !== undefined) invocation.onLog(parsed);
  });
  createInterface({ input: child.stderr }).on("line", keep);

  const stop = stopOnAbort(child, signal);
  const [exitCode, killedBy] = await exitOf(child);
  stop.dispose();
  if (killedBy !== null) {
    signal.throwIfAborted();
    throw new ChildKilledError(killedBy, `dbt was killed by ${killedBy}: ${tail.join("\n")}`);
  }
  const artifacts = await readArtifacts(target, exitCode ?? 1, tail).catch((error: unknown) => {
    // stopped before any node had a result
    signal.throwIfAborted();
    throw error;
  });
  return { exitCode: exitCode ?? 1, ...artifacts };
}

type Child = ReturnType<typeof spawn>;

async function exitOf(child: Child): Promise<[number | null, NodeJS.Signals | null]> {
  try {
    // "close" is emitted after the last line of output was read
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null]; // as node documents it
    return [code, killedBy];
  } catch (error) {
    throw new PermanentError("DBT_NOT_STARTED", `dbt could not be started: ${String(error)}`, {
      cause: error,
      advice: "Check BATON_DBT_PYTHON and BATON_DBT_PROJECT; on one machine run local/bin/setup.",
    });
  }
}

function stopOnAbort(child: Child, signal: AbortSignal): { dispose(): void } {
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill("SIGTERM");
    killing = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return {
    dispose() {
      clearTimeout(killing);
      signal.removeEventListener("abort", stop);
    },
  };
}

async function readArtifacts(
  target: string,
  exitCode: number,
  tail: readonly string[],
): Promise<Omit<DbtOutcome, "exitCode">> {
  try {
    const results = runResultsSchema.parse(JSON.parse(await readFile(join(target, "run_results.json"), "utf8")));
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(target, "manifest.json"), "utf8")));
    return { results, manifest };
  } catch (error) {
    const output = tail.length === 0 ? "it printed nothing" : tail.join("\n");
    throw new DbtFailedError(exitCode, `dbt ended with exit code ${exitCode} and without results: ${output}`, {
      cause: error,
    });
  }
}
