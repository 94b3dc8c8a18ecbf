import type { DetailType, LayerStats } from "../../events/schemas.ts";
import { unknownPattern } from "../errors/patterns.ts";
import { readWorkStart } from "../ledger/reads/read-work-start.ts";
import { metrics } from "../observability/observability.ts";
import type { AttemptContext } from "./context.ts";

/** How an attempt ended. */
export type AttemptEnd =
  | { kind: "completed"; stats: LayerStats }
  /** `pattern`: name of the error pattern. */
  | { kind: "retrying" | "failed"; pattern: string };

/** Emits the counters of an attempt's end, also when they are 0: a graph without data points means that nothing ran. */
export async function measureAttempt<T extends DetailType>(
  { ledger, key, startedAt, logger }: AttemptContext<T>,
  end: AttemptEnd,
): Promise<void> {
  metrics.add("RetryCount", end.kind === "retrying" ? 1 : 0);
  metrics.add("UnknownErrors", end.kind !== "completed" && end.pattern === unknownPattern.name ? 1 : 0);
  if (end.kind === "retrying") return;
  metrics.add("LayerSuccess", end.kind === "completed" ? 1 : 0);
  metrics.add("LayerFailure", end.kind === "failed" ? 1 : 0);
  const workStart = await readWorkStart(ledger.pool, key).catch((error: unknown) => {
    logger.warn("the start of the layer could not be read, its duration counts from this attempt", {
      error: String(error),
    });
    return undefined;
  });
  metrics.add("LayerDuration", Date.now() - (workStart ?? startedAt).getTime());
  if (end.kind !== "completed") return;
  metrics.add("RowsLoaded", end.stats.rows);
  metrics.add("BytesLoaded", end.stats.bytes);
}
