import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

const PAUSE_MS = 20;

/** Records the command line of every process of the machine, as any user sees them with `ps`. */
export class ProcessWatch {
  readonly #seen = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;

  constructor() {
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
        const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
        if (line !== "") this.#seen.add(line.replaceAll("\0", " "));
      }
      await wait(PAUSE_MS);
    }
  }

  /** Ends the watch. @returns every command line seen, without duplicates */
  async stop(): Promise<string[]> {
    this.#stopping.abort();
    await this.#watching;
    return [...this.#seen];
  }
}
