/** Maximum wait after an abort for work that hangs because the server does not answer. */
const GRACE_MS = 5_000;

/**
 * Waits for work that ends by itself soon after an abort, and stops waiting when it does not.
 *
 * @throws the reason of the abort when the wait times out
 */
export async function withinGrace<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    onAbort = () => {
      // the reason is the value given to abort()
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
