/**
 * Numbers of server warnings that mean no loss of data: a hidden column for full-text, a duplicate key definition,
 * deprecated syntax that still works, a spatial key that the optimizer will not use. All others are errors.
 *
 * @see MySQL Error Message Reference
 */
export const HARMLESS_WARNINGS: ReadonlySet<number> = new Set([124, 1287, 1681, 1831, 3674, 3719, 3778, 4095, 4096]);
