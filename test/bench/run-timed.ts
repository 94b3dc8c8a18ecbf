import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { PermanentError } from "../../shared/errors/errors.ts";
import { readCpu } from "./read-cpu.ts";

/** A program to measure. */
export interface TimedCommand {
  /** Name for messages. */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv | undefined;
  /** File that becomes its standard input. */
  stdin?: string | undefined;
  /** Lines of its error output that do not report a failure. */
  ignores?: RegExp | undefined;
  signal?: AbortSignal | undefined;
}

/** The measurements of a program. */
export interface Timed {
  /** From its start to its end. */
  ms: number;
  /** Processor time of the program and its child processes; undefined where there is no /proc. */
  cpuSeconds: number | undefined;
  /** Peak memory; undefined where there is no /proc. */
  peakRssBytes: number | undefined;
  stdout: string;
}

const POLL_MS = 20;
const TAIL = 2_000;

/**
 * Runs a program to its end and measures the whole process, including start-up.
 *
 * @throws PermanentError BENCH_PROGRAM_FAILED with the end of its output
 */
export async function runTimed(timed: TimedCommand): Promise<Timed> {
  const { name, command, args, env = process.env, stdin, ignores, signal } = timed;
  signal?.throwIfAborted();
  const input = stdin === undefined ? undefined : await open(stdin, "r");
  try {
    const cpuBefore = (await readCpu("self"))?.childSeconds;
    const startedAt = performance.now();
    const child = spawn(command, args, { env, stdio: [input?.fd ?? "ignore", "pipe", "pipe"] });
    const stop = (): void => void child.kill("SIGTERM");
    signal?.addEventListener("abort", stop, { once: true });
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    let peakRssBytes: number | undefined;
    const poll = setInterval(() => {
      void readPeakRss(child.pid).then((bytes) => (peakRssBytes = bytes ?? peakRssBytes));
    }, POLL_MS);
    try {
      const ended = await new Promise<{ code: number | null; ms: number }>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", () => clearInterval(poll));
        child.once("close", (code) => resolve({ code, ms: performance.now() - startedAt }));
      });
      signal?.throwIfAborted();
      const complaints = output.stderr.split("\n").filter((line) => line.trim() !== "" && ignores?.test(line) !== true);
      if (ended.code !== 0 && complaints.length + (ignores === undefined ? 1 : 0) > 0) {
        throw failure(name, `exit code ${ended.code}`, complaints.join("\n"));
      }
      const cpuAfter = (await readCpu("self"))?.childSeconds;
      const cpuSeconds = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
      return { ms: ended.ms, cpuSeconds, peakRssBytes, stdout: output.stdout };
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        throw failure(name, `no program ${command}`, "", error);
      }
      throw error;
    } finally {
      clearInterval(poll);
      signal?.removeEventListener("abort", stop);
    }
  } finally {
    await input?.close();
  }
}

function failure(name: string, what: string, said: string, cause?: Error): PermanentError {
  return new PermanentError("BENCH_PROGRAM_FAILED", `${name}: ${what}${said === "" ? "" : `: ${said.slice(-TAIL)}`}`, {
    kind: "bug",
    advice: "Run the benchmark again; if the program is missing: local/bin/setup --with bench",
    cause,
  });
}

/** Peak memory of a running process, as the kernel reports it. */
async function readPeakRss(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
