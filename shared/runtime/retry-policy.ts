import type { LayerPolicy } from "../config/layer-table.ts";

/** Longest visibility timeout that SQS accepts, seconds. @see SQS API Reference, ChangeMessageVisibility */
export const MAX_VISIBILITY_SECONDS = 43_200;

/**
 * Wait before the next attempt of a layer, seconds: `interval * backoff^(n-1)` after the nth failure.
 *
 * @param failures attempts of this budget that have failed, at least 1
 * @param scale multiplies the layer's interval; small on the local stack
 */
export function retryDelaySeconds(policy: LayerPolicy, failures: number, scale: number): number {
  const seconds = policy.retryIntervalSeconds * policy.backoff ** (Math.max(1, failures) - 1) * scale;
  return Math.min(seconds, MAX_VISIBILITY_SECONDS);
}
