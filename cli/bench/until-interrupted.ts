import { PermanentError } from "../../shared/errors/errors.ts";

/** Ends the work in order at the first Ctrl-C or SIGTERM. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const interrupt = (): void =>
    stop.abort(
      new PermanentError("BENCH_INTERRUPTED", "the benchmark was interrupted; its server is removed", {
        kind: "bug",
        advice: "Run it again.",
      }),
    );
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    await work(stop.signal);
  } finally {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
  }
}
