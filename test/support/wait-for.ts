import { setTimeout as wait } from "node:timers/promises";

interface WaitOptions {
  timeoutMs?: number;
  everyMs?: number;
  /** What a person should know when it does not come. */
  explain?: () => Promise<string>;
}

/**
 * Looks again and again until there is something to see.
 *
 * @param what names it, for the error
 * @param look gives undefined or false as long as it is not there
 * @throws Error when it does not come in time
 */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 120_000, everyMs = 100, explain }: WaitOptions = {},
): Promise<T> {
  for (const end = Date.now() + timeoutMs; ; await wait(everyMs)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= end) break;
  }
  const more = explain === undefined ? "" : `; ${await explain()}`;
  throw new Error(`gave up waiting for ${what} after ${timeoutMs / 1_000} s${more}`);
}
