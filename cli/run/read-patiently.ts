import { setTimeout as wait } from "node:timers/promises";
import { judge } from "../../shared/errors/judge.ts";
import { say } from "../output/say.ts";

const RETRY_MS = 1_000;
/** How long to wait for a database that does not answer, as during a failover. */
const DATABASE_MS = 600_000;

/** Repeats a read while the database does not answer, and says so. @throws the read's error after ten minutes */
export async function readPatiently<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const giveUpAt = Date.now() + DATABASE_MS;
  for (let isLost = false; ;) {
    try {
      const found = await read();
      if (isLost) say("the database answers again");
      return found;
    } catch (error) {
      const { error: judged } = judge(error);
      if (!judged.retriable || Date.now() > giveUpAt || signal.aborted) throw error;
      if (!isLost) say(`the database does not answer, trying again: ${judged.message}`);
      isLost = true;
      await wait(RETRY_MS);
    }
  }
}

/** Waits for work, but not longer than until the signal is aborted. @throws the signal's reason */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error); // StopSignals aborts with an error
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
