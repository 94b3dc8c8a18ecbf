import { valueForms } from "./value-forms.ts";

/** Forms of a value in an INSERT as bits; the sum of these describes the forms in a column. */
export const valueKinds = {
  null: 1 << valueForms.null,
  /** Digits with sign and decimal point, which LOAD DATA and INSERT read in the same way. */
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
