import { setTimeout as wait } from "node:timers/promises";

interface WaitOptions {
  timeoutMs?: number;
  everyMs?: number;
  /** Additional information for the error after a timeout. */
  explain?: () => Promise<string>;
}

/**
 * Polls until `look` returns a value.
 *
 * @param what names the awaited thing, for the error
 * @param look returns undefined or false until the value is available
 * @throws Error after the timeout
 */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 300_000, everyMs = 100, explain }: WaitOptions = {},
): Promise<T> {
  for (const end = Date.now() + timeoutMs; ; await wait(everyMs)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= end) break;
  }
  const more = explain === undefined ? "" : `; ${await explain()}`;
  throw new Error(`timed out waiting for ${what} after ${timeoutMs / 1_000} s${more}`);
}
