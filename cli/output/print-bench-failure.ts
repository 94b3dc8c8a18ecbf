import type { RecoveryBench } from "../../test/bench/bench-recovery.ts";
import type { RuntimeBench } from "../../test/bench/bench-runtime.ts";
import { formatBytes } from "../../shared/text/format.ts";

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Prints the figures of `baton bench recovery`. */
export function printRecovery(result: RecoveryBench, { json }: { json: boolean }): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { fullRunMs, recoveryMs, recoveryShare, takeoverMs, visibilitySeconds: visibility } = result;
  const layers = Object.entries(result.layersMs).map(([layer, ms]) => `${layer} ${seconds(ms)}`);
  const lines = [
    `whole run of ${formatBytes(result.dumpBytes)}: ${seconds(fullRunMs)} (${layers.join(", ")})`,
    `silver fails at ${result.failedModel}; replayed and live again: ${seconds(recoveryMs)}, ` +
      `${(recoveryShare * 100).toFixed(1)} % of the whole run (at most 15 %)`,
    `silver killed, claimed anew: ${seconds(takeoverMs)} with a visibility of ${visibility.here} s ` +
      `(on AWS ${visibility.aws} s, without heartbeat ${visibility.withoutHeartbeat} s)`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Prints the figures of `baton bench runtime`. */
export function printRuntime(result: RuntimeBench, { json }: { json: boolean }): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  process.stdout.write(
    `the runtime around a layer that does nothing, ${result.messages} messages: ` +
      `median ${ms(result.medianMs)}, 95 % within ${ms(result.p95Ms)} (at most 200 ms); ` +
      `a message that comes again: median ${ms(result.repeatedMedianMs)}\n`,
  );
}
