/** Receives above the retries, which the runtime counts itself: postponed doubles and throttled deliveries are receives, too. */
const SPARE_RECEIVES = 20;

/** Receives after which SQS puts a message aside itself (docs/decisions/003). @param retries of the layer; 0 for other functions */
export function maxReceives(retries: number): number {
  return retries + SPARE_RECEIVES;
}
