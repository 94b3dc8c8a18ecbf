/** Numbers of the forms that a value in an INSERT can have. */
export const valueForms = {
  null: 0,
  number: 1,
  float: 2,
  /** A text that is certainly none of `BLANK_TEXTS`. */
  text: 3,
  hex: 4,
  bits: 5,
  bool: 6,
  /** Equal to one of `BLANK_TEXTS` byte for byte. */
  blankText: 7,
  /** A text that may equal one of `BLANK_TEXTS`, depending on the collation. */
  unsureText: 8,
} as const;

/** One of `valueForms`. */
export type ValueForm = (typeof valueForms)[keyof typeof valueForms];

/** The possible forms of a text. */
export type TextForm = (typeof valueForms)["text" | "blankText" | "unsureText"];
