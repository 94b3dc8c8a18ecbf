/** Receives beyond the retries: messages that wait for a lock and throttled deliveries count as receives, too. */
const SPARE_RECEIVES = 20;

/**
 * Receives after which SQS itself moves a message to the DLQ (docs/decisions/runs/003).
 *
 * @param retries of the layer, which the runtime counts itself; 0 for other functions
 */
export function maxReceives(retries: number): number {
  return retries + SPARE_RECEIVES;
}

/** How long a review waits for another one, a publication or the database. */
export const REVIEW_LIMIT_SECONDS = 3_600;
/** Time between two attempts to start a review on AWS. */
export const REVIEW_CHECK_SECONDS = 30;
/** Receives of a request for a review: one for each attempt until the limit. */
export const REVIEW_CHECKS = REVIEW_LIMIT_SECONDS / REVIEW_CHECK_SECONDS;

/** Calls of the function `migrate` for one request: a queue keeps a message for four days. */
export const MIGRATION_CALLS = 400;

/** Limit of a refresh, including its retries. */
export const REFRESH_LIMIT_SECONDS = 7_200;
/** Time between two checks of a refresh on AWS. */
export const REFRESH_CHECK_SECONDS = 30;
/** Receives of a refresh message: one for each check until the limit. */
export const REFRESH_CHECKS = REFRESH_LIMIT_SECONDS / REFRESH_CHECK_SECONDS;
