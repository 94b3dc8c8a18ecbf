import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { build } from "esbuild";
import { projectRoot } from "../../../local/paths.ts";

/** The limits of a function. */
export interface SandboxLimits {
  memoryMb: number;
  /** Size of /tmp. */
  storageMb: number;
}

/** A function that runs as Lambda would run it. */
export interface SandboxedFunction {
  child: ChildProcess;
  /** What the handler returned; rejects when the process ended without. */
  answer: Promise<SQSBatchResponse>;
  /** Most memory that function and children had at once, bytes; undefined where the kernel does not count it. */
  peakBytes(): Promise<number | undefined>;
}

const CGROUPS = "/sys/fs/cgroup/memory";

/**
 * The file system of a function: everything read-only but a small /tmp, no /dev/shm worth the name; then the command.
 * @see AWS Lambda Developer Guide, "Lambda execution environment"; dbt-core issue 2992
 */
const FILE_SYSTEM = `set -e
mount -o remount,bind,ro /
mount -t tmpfs -o "size=$1m" none /tmp
mount -t tmpfs -o ro,size=4k none /dev/shm
if touch "$2/written" 2>/dev/null; then echo "the code can be written" >&2; exit 9; fi
shift 2
exec "$@"`;

const RUNNER = `
const { handler } = require("./handler.cjs");
const { readFileSync } = require("node:fs");
const event = JSON.parse(readFileSync(require("node:path").join(__dirname, "event.json"), "utf8"));
const endsAt = Date.now() + 900_000;
const context = { functionName: "silver", awsRequestId: "1", getRemainingTimeInMillis: () => endsAt - Date.now() };
handler(event, context).then(
  (answer) => process.stdout.write("\\nANSWER " + JSON.stringify(answer) + "\\n", () => process.exit(0)),
  (error) => { console.error(error); process.exit(1); },
);`;

/** True where this user may make mount namespaces. */
export function canSandbox(): boolean {
  return spawnSync("unshare", ["-m", "true"], { stdio: "ignore" }).status === 0;
}

/** Bundles a handler as the deployment does and runs it on one message, with nothing of this process's environment. */
export class LambdaSandbox {
  readonly #folder: string;
  readonly #cgroups: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param parent folder outside /tmp, which the function sees empty */
  static async make(parent: string, handler: string): Promise<LambdaSandbox> {
    const folder = await mkdtemp(join(parent, "function-"));
    await build({
      entryPoints: [join(projectRoot, handler)],
      outfile: join(folder, "handler.cjs"),
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node24",
      logLevel: "error",
    });
    await writeFile(join(folder, "runner.cjs"), RUNNER);
    return new LambdaSandbox(folder);
  }

  async run(
    record: SQSRecord,
    environment: Readonly<Record<string, string>>,
    limits: SandboxLimits,
  ): Promise<SandboxedFunction> {
    await writeFile(join(this.#folder, "event.json"), JSON.stringify({ Records: [record] }));
    const cgroup = await this.#memoryLimit(limits);
    const enter = cgroup === undefined ? "" : `echo $$ > ${cgroup}/cgroup.procs\n`;
    const node = [process.execPath, join(this.#folder, "runner.cjs")];
    const child = spawn(
      "unshare",
      ["-m", "sh", "-c", enter + FILE_SYSTEM, "sh", String(limits.storageMb), this.#folder, ...node],
      // Lambda sets no HOME
      {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "en_US.UTF-8", TZ: ":UTC", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    return {
      child,
      answer: answerOf(child),
      peakBytes: async () =>
        cgroup === undefined ? undefined : Number(await readFile(join(cgroup, "memory.max_usage_in_bytes"), "utf8")),
    };
  }

  async #memoryLimit({ memoryMb }: SandboxLimits): Promise<string | undefined> {
    if (!existsSync(join(CGROUPS, "memory.limit_in_bytes"))) return undefined;
    const cgroup = join(CGROUPS, `baton-${process.pid}-${this.#cgroups.length}`);
    try {
      await mkdir(cgroup);
      await writeFile(join(cgroup, "memory.limit_in_bytes"), String(memoryMb * 1024 ** 2));
    } catch {
      return undefined;
    }
    this.#cgroups.push(cgroup);
    return cgroup;
  }

  async dispose(): Promise<void> {
    for (const cgroup of this.#cgroups) await rmdir(cgroup).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function answerOf(child: ChildProcess): Promise<SQSBatchResponse> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | string | null>((resolve) => {
    child.on("close", (exitCode, signal) => resolve(exitCode ?? signal));
  });
  const answer = /^ANSWER (.*)$/m.exec(output)?.[1];
  if (answer === undefined) throw new Error(`the function ended with ${code ?? "nothing"}: ${output.slice(-3_000)}`);
  // the runner wrote what the handler returned
  return JSON.parse(answer) as SQSBatchResponse;
}
