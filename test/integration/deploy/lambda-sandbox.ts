import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { buildImage } from "./build-image.ts";
import { chrootCommand, type Root } from "./chroot.ts";

/** The limits of a function. */
export interface SandboxLimits {
  memoryMb: number;
  /** Size of /tmp. */
  storageMb: number;
}

/** A function that runs under the conditions of Lambda. */
export interface SandboxedFunction {
  child: ChildProcess;
  /** Everything that it has printed. */
  output(): string;
  /** The handler's result; rejects if the process ended without one. */
  answer: Promise<SQSBatchResponse>;
  /** Peak memory of the function and its children, bytes; undefined where the kernel does not count it. */
  peakBytes(): Promise<number | undefined>;
}

const CGROUPS = "/sys/fs/cgroup/memory";

/** Lambda runs functions as a user that owns no files. */
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/**
 * The file system of a function: read-only except a small /tmp, with a /dev/shm too small to use.
 * @see AWS Lambda Developer Guide, "Lambda execution environment"; dbt-core issue 2992
 */
const fileSystem = ({ storageMb }: SandboxLimits): string[] => [
  'mount -o remount,bind,ro "$root"',
  `mount -t tmpfs -o size=${storageMb}m,mode=1777 none "$root/tmp"`,
  'mount -t tmpfs -o ro,size=4k none "$root/dev/shm"',
  'if touch "$root/var/task/written" 2>/dev/null; then echo "the code can be written" >&2; exit 9; fi',
];

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

/** A function from its image. It processes one message at a time and inherits nothing of this process's environment. */
export class LambdaSandbox {
  readonly #folder: string;
  readonly #image: Root;
  readonly #name: string;
  readonly #cgroups: string[] = [];

  private constructor(folder: string, image: Root, name: string) {
    this.#folder = folder;
    this.#image = image;
    this.#name = name;
  }

  /**
   * Builds the image.
   *
   * @param parent folder in which the image's folder is created
   * @param name folder of the function
   */
  static async make(parent: string, name: string): Promise<LambdaSandbox> {
    const folder = await mkdtemp(join(parent, "image-"));
    const image = await buildImage(folder);
    await mkdir(join(image.folder, "var/runtime"));
    await writeFile(join(image.folder, "var/runtime/runner.cjs"), RUNNER);
    return new LambdaSandbox(folder, image, name);
  }

  async run(
    record: SQSRecord,
    environment: Readonly<Record<string, string>>,
    limits: SandboxLimits,
  ): Promise<SandboxedFunction> {
    await writeFile(join(this.#image.folder, "var/runtime/event.json"), JSON.stringify({ Records: [record] }));
    const cgroup = await this.#memoryLimit(limits);
    const enter = cgroup === undefined ? [] : [`echo $$ > ${cgroup}/cgroup.procs`];
    const node = ["node", "/var/runtime/runner.cjs", `/var/task/functions/${this.#name}/handler.js`];
    const [program = "", ...args] = chrootCommand(this.#image, [...NOBODY, ...node], [...enter, ...fileSystem(limits)]);
    const child = spawn(program, args, {
      // Lambda does not set HOME
      env: {
        PATH: "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
        LANG: "en_US.UTF-8",
        TZ: ":UTC",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
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
  // the runner printed the handler's result
  return JSON.parse(answer) as SQSBatchResponse;
}
