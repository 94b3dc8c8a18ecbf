/** Calls a function at regular intervals while work is in progress. */
export interface Heartbeat {
  /** Stops; when it resolves, no call is in progress any more. */
  stop(): Promise<void>;
}

/**
 * Calls `beat` at once and then every `seconds`. An error goes to `onError`, and the next call tries again: one lost call
 * is no reason to stop the work. A call that hangs fails, and its signal is aborted, when the next one is due.
 */
export function startHeartbeat(
  seconds: number,
  beat: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): Heartbeat {
  let current: Promise<void> | undefined;
  const run = (): void => {
    current ??= inTime(beat, seconds)
      .catch(onError)
      .finally(() => {
        current = undefined;
      });
  };
  run();
  const timer = setInterval(run, seconds * 1_000);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}

async function inTime(beat: (signal: AbortSignal) => Promise<void>, seconds: number): Promise<void> {
  const late = new AbortController();
  const beating = beat(late.signal);
  let timer: NodeJS.Timeout | undefined;
  const lateness = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${seconds} s`);
      late.abort(error);
      reject(error);
    }, seconds * 1_000);
  });
  try {
    await Promise.race([beating, lateness]);
  } finally {
    clearTimeout(timer);
  }
}
