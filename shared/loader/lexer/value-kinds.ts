import { valueForms } from "./value-forms.ts";

/** Forms in which a value may stand in an INSERT, as bits: a column's forms are kept as a sum of these. */
export const valueKinds = {
  null: 1 << valueForms.null,
  /** Digits with sign and decimal point, as LOAD DATA and INSERT read alike. */
  number: 1 << valueForms.number,
  /** With exponent: `1e10`. */
  float: 1 << valueForms.float,
  string: 1 << valueForms.text,
  /** `0x41`, `x'41'`. */
  hex: 1 << valueForms.hex,
  /** `b'101'`, `0b101`. */
  bits: 1 << valueForms.bits,
  /** `TRUE`, `FALSE`. */
  bool: 1 << valueForms.bool,
} as const;

/** A sum of `valueKinds`. */
export type ValueKindMask = number;
