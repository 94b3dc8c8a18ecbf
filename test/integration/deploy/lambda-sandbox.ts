import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
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
  /** All that it has printed. */
  output(): string;
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
const { handler } = require(process.argv[2]);
const { readFileSync } = require("node:fs");
const event = JSON.parse(readFileSync(require("node:path").join(__dirname, "event.json"), "utf8"));
const endsAt = Date.now() + 900_000;
const context = { functionName: "function", awsRequestId: "1", getRemainingTimeInMillis: () => endsAt - Date.now() };
handler(event, context).then(
  (answer) => process.stdout.write("\\nANSWER " + JSON.stringify(answer) + "\\n", () => process.exit(0)),
  (error) => { console.error(error); process.exit(1); },
);`;

/** True where this user may make mount namespaces. */
export function canSandbox(): boolean {
  return spawnSync("unshare", ["-m", "true"], { stdio: "ignore" }).status === 0;
}

/** What an image holds. */
interface ImageContent {
  /** The layer. */
  name: string;
  /** A Python with dbt. */
  python: string;
  schemaPrefix: string;
}

/** What dbt leaves in its project. */
const OUTPUT = /\/dbt\/(target|logs)$/;

/** A function as its image has it, to be run on one message at a time, with nothing of this process's environment. */
export class LambdaSandbox {
  readonly #folder: string;
  readonly #name: string;
  readonly #cgroups: string[] = [];

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** @param parent folder outside /tmp, which the function sees empty */
  static async make(parent: string, { name, python, schemaPrefix }: ImageContent): Promise<LambdaSandbox> {
    const folder = await mkdtemp(join(parent, "function-"));
    const run = promisify(execFile);
    // script by script as in dbt/Dockerfile
    await run(process.execPath, [join(projectRoot, "local/bundle-functions.ts"), folder, name]);
    await cp(join(projectRoot, "dbt"), join(folder, "dbt"), { recursive: true, filter: (path) => !OUTPUT.test(path) });
    await run(join(folder, "dbt/bake"), [python, schemaPrefix, name]);
    await writeFile(join(folder, "runner.cjs"), RUNNER);
    return new LambdaSandbox(folder, name);
  }

  /** The dbt project within. */
  get project(): string {
    return join(this.#folder, "dbt");
  }

  async run(
    record: SQSRecord,
    environment: Readonly<Record<string, string>>,
    limits: SandboxLimits,
  ): Promise<SandboxedFunction> {
    await writeFile(join(this.#folder, "event.json"), JSON.stringify({ Records: [record] }));
    const cgroup = await this.#memoryLimit(limits);
    const enter = cgroup === undefined ? "" : `echo $$ > ${cgroup}/cgroup.procs\n`;
    const handler = join(this.#folder, "functions", this.#name, "handler.js");
    const node = [process.execPath, join(this.#folder, "runner.cjs"), handler];
    const child = spawn(
      "unshare",
      ["-m", "sh", "-c", enter + FILE_SYSTEM, "sh", String(limits.storageMb), this.#folder, ...node],
      // Lambda sets no HOME
      {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "en_US.UTF-8", TZ: ":UTC", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const output = outputOf(child);
    return {
      child,
      output,
      answer: answerOf(child, output),
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

function outputOf(child: ChildProcess): () => string {
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return () => output;
}

async function answerOf(child: ChildProcess, output: () => string): Promise<SQSBatchResponse> {
  const code = await new Promise<number | string | null>((resolve) => {
    child.on("close", (exitCode, signal) => resolve(exitCode ?? signal));
  });
  const answer = /^ANSWER (.*)$/m.exec(output())?.[1];
  if (answer === undefined) throw new Error(`the function ended with ${code ?? "nothing"}: ${output().slice(-3_000)}`);
  // the runner wrote what the handler returned
  return JSON.parse(answer) as SQSBatchResponse;
}
