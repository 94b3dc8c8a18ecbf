/** After an abort, what hangs on a server that does not answer is waited for no longer than this. */
const GRACE_MS = 5_000;

/**
 * Waits for work that ends by itself soon after an abort; when it does not, gives it up.
 *
 * @throws the reason of the abort when the work is given up
 */
export async function withinGrace<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    onAbort = () => {
      // the reason is what the caller of abort() gave
      timer = setTimeout(() => reject(signal.reason as Error), GRACE_MS);
    };
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
