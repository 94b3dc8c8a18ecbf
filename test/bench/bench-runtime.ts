import { defineLayer, requested } from "../../shared/runtime/layer-definition.ts";
import { runIdOf } from "../../events/ids.ts";
import type { LayerPolicy } from "../../shared/config/layer-table.ts";
import { DAY, exampleEvent, examples } from "../support/ledger/event-builders.ts";
import { LayerHarness } from "../support/ledger/layer-harness.ts";
import { median, percentile } from "./statistics.ts";

/** The runtime's overhead on a layer's own work, ms: from the receipt of the message to its acknowledgement. */
export interface RuntimeBench {
  messages: number;
  medianMs: number;
  p95Ms: number;
  /** For a repeated message: the layer is complete, and its event is published again. */
  repeatedMedianMs: number;
}

const policy: LayerPolicy = { name: "idle", isLast: true, retries: 1, retryIntervalSeconds: 60, backoff: 1 };
/** The first messages are slower: connections are opened and code is compiled. */
const WARM_UP = 5;

/**
 * Takes messages through a layer that does nothing: heartbeat, target check, lock, claim, ledger, outbox, bus.
 * Uses a real MariaDB and the emulator; the services of the tests must be running.
 */
export async function benchRuntime(messages: number): Promise<RuntimeBench> {
  const harness = new LayerHarness(policy, { BATON_HEARTBEAT_SECONDS: 40 });
  const idle = defineLayer({
    name: policy.name,
    listensTo: requested(),
    run: () => Promise.resolve({ stats: { tables: 0, rows: 0, bytes: 0 } }),
  });
  await harness.start();
  try {
    const [first, repeated]: [number[], number[]] = [[], []];
    for (let message = 0; message < messages + WARM_UP; message += 1) {
      const runId = runIdOf(DAY, (0xb000000 + message).toString(16).padStart(8, "0").repeat(8));
      for (const times of [first, repeated]) {
        await harness.send(exampleEvent("PipelineRequested", { dump: examples.PipelineCompleted.dump }, runId));
        const record = await harness.receive();
        const startedAt = performance.now();
        await harness.deliver(idle, { record });
        if (message >= WARM_UP) times.push(performance.now() - startedAt);
      }
    }
    const repeatedMedianMs = median(repeated);
    return { messages, medianMs: median(first), p95Ms: percentile(first, 0.95), repeatedMedianMs };
  } finally {
    await harness.stop();
  }
}
