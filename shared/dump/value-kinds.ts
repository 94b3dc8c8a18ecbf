/** Forms in which a value may stand in an INSERT; a column's forms are kept as a sum of these. */
export const valueKinds = {
  null: 1,
  /** Digits with sign and decimal point, as LOAD DATA and INSERT read alike. */
  number: 2,
  /** With exponent: `1e10`. */
  float: 4,
  string: 8,
  /** `0x41`, `x'41'`. */
  hex: 16,
  /** `b'101'`, `0b101`. */
  bits: 32,
  /** `TRUE`, `FALSE`. */
  bool: 64,
} as const;

/** A sum of `valueKinds`. */
export type ValueKindMask = number;
