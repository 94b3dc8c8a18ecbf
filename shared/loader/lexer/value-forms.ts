/** Forms in which a value may stand in an INSERT, by number. */
export const valueForms = {
  null: 0,
  number: 1,
  float: 2,
  /** A text that is certainly none of `BLANK_TEXTS`. */
  text: 3,
  hex: 4,
  bits: 5,
  bool: 6,
  /** One of `BLANK_TEXTS`, to the byte. */
  blankText: 7,
  /** A text of which only the server can say whether it takes it for one of these. */
  unsureText: 8,
} as const;

/** One of `valueForms`. */
export type ValueForm = (typeof valueForms)[keyof typeof valueForms];

/** What a text can be. */
export type TextForm = (typeof valueForms)["text" | "blankText" | "unsureText"];
