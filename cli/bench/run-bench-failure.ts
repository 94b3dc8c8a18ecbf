import { benchRecovery } from "../../test/bench/bench-recovery.ts";
import { benchRuntime } from "../../test/bench/bench-runtime.ts";
import { withServices } from "../../test/bench/with-services.ts";
import { printRecovery, printRuntime } from "../output/print-bench-failure.ts";

/** Runs `baton bench recovery`. */
export async function runBenchRecovery({ size, json }: { size: number; json: boolean }): Promise<void> {
  const say = (text: string): void => void (process.stderr.isTTY && process.stderr.write(`bench: ${text}\n`));
  printRecovery(await withServices(() => benchRecovery(size, say)), { json });
}

/** Runs `baton bench runtime`. */
export async function runBenchRuntime({ repeat, json }: { repeat: number; json: boolean }): Promise<void> {
  printRuntime(await withServices(() => benchRuntime(repeat)), { json });
}
