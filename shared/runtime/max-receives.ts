/** Receives beyond the retries: messages that wait for a lock and throttled deliveries count as receives, too. */
const SPARE_RECEIVES = 20;

/**
 * Receives after which SQS itself moves a message to the DLQ (docs/decisions/003).
 *
 * @param retries of the layer, which the runtime counts itself; 0 for other functions
 */
export function maxReceives(retries: number): number {
  return retries + SPARE_RECEIVES;
}
