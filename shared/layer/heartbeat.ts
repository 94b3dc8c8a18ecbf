/** Beats while work is going on. */
export interface Heartbeat {
  /** Ends the beating; when it resolves, no beat is under way any more. */
  stop(): Promise<void>;
}

/**
 * Calls `beat` at once and then every `seconds`. A beat that fails is told to `onError` and the next one tries again:
 * one lost call is no reason to give the work up.
 */
export function startHeartbeat(
  seconds: number,
  beat: () => Promise<void>,
  onError: (error: unknown) => void,
): Heartbeat {
  let current: Promise<void> | undefined;
  const run = (): void => {
    current ??= beat()
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
