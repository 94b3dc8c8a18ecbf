/** Size of the source's dump in early February 2026. */
export const FULL_BYTES = 945_000_000;
/** Smallest dump that still contains every master table and some tenants. */
const MIN_BYTES = 1_000_000;

/** Measured bytes of DDL, views, routines and the master tables, which do not scale. */
const FIXED_BYTES = 173_000;
/** Measured bytes of the core tables at full size. */
const CORE_FULL_BYTES = 99_800_000;
/** Largest share of the core tables in a small dump. */
const CORE_SHARE = 0.45;

/** Rows of the core tables at full size, exact counts of 5 February 2026. */
export const FULL_ROWS = {
  apartments: 1_202,
  rooms: 16_401,
  tenants: 50_297,
  movings: 62_280,
  moveouts: 25_256,
  inquiries: 719,
} as const;

/** Size of a sample, as factors of the row counts at full size. */
export interface Scale {
  core: number;
  filler: number;
}

/**
 * Row count factors for a target size. In dumps smaller than the source's, the core tables have a larger share, so that
 * models have enough rows: factor sqrt(size/full), at most 45 % of the bytes.
 *
 * @param sizeBytes target size of the plain dump
 * @throws RangeError below 1 MB
 */
export function scaleFor(sizeBytes: number): Scale {
  if (!(sizeBytes >= MIN_BYTES)) throw new RangeError(`a sample needs at least ${MIN_BYTES} bytes, not ${sizeBytes}`);
  const ratio = sizeBytes / FULL_BYTES;
  const core = ratio >= 1 ? ratio : Math.min(Math.sqrt(ratio), (CORE_SHARE * sizeBytes) / CORE_FULL_BYTES);
  const fillerFullBytes = FULL_BYTES - FIXED_BYTES - CORE_FULL_BYTES;
  const filler = (sizeBytes - FIXED_BYTES - core * CORE_FULL_BYTES) / fillerFullBytes;
  return { core, filler };
}
