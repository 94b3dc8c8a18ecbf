import { UnsureTexts } from "./unsure-texts.ts";
import { valueForms, type ValueForm } from "./value-forms.ts";
import { valueKinds, type ValueKindMask } from "./value-kinds.ts";

/** Bits for the number of forms: each value of a dump is counted, and a shift is the fastest operation. */
const FORM_BITS = 4;

/** Counts the values of each column by their form. */
export class ValueTally {
  /** The texts of form `valueForms.unsureText`, unless there are too many. */
  readonly unsure: UnsureTexts;
  private readonly counts: Float64Array;

  constructor(columns: number) {
    this.unsure = new UnsureTexts();
    this.counts = new Float64Array(columns << FORM_BITS);
  }

  add(column: number, form: ValueForm): void {
    const place = (column << FORM_BITS) | form;
    this.counts[place] = (this.counts[place] as number) + 1;
  }

  /** Number of a column's values with one of these forms. */
  count(column: number, ...forms: readonly ValueForm[]): number {
    return forms.reduce<number>((sum, form) => sum + (this.counts[(column << FORM_BITS) | form] ?? 0), 0);
  }

  /** The forms in a column, as a sum of `valueKinds`. */
  kinds(column: number): ValueKindMask {
    const { blankText, unsureText, ...plain } = valueForms;
    const has = (form: ValueForm): boolean => this.count(column, form) > 0;
    const kinds = Object.values(plain).reduce<number>((mask, form) => (has(form) ? mask | (1 << form) : mask), 0);
    return has(blankText) || has(unsureText) ? kinds | valueKinds.string : kinds;
  }
}
