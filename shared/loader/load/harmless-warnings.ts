/**
 * Warnings that tell of no loss, by the server's number: a hidden column for full-text, a key like another, old
 * spellings that still hold, a spatial key that the optimizer will not use. All others are errors.
 *
 * @see MySQL Error Message Reference
 */
export const HARMLESS_WARNINGS: ReadonlySet<number> = new Set([124, 1287, 1681, 1831, 3674, 3719, 3778, 4095, 4096]);
