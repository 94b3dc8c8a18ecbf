import { UnsureTexts } from "./unsure-texts.ts";
import { valueForms, type ValueForm } from "./value-forms.ts";
import { valueKinds, type ValueKindMask } from "./value-kinds.ts";

/** Room for all forms, as a power of two: each value of a dump is counted, and a shift costs least. */
const FORM_BITS = 4;

/** Counts the values of each column by their form. */
export class ValueTally {
  /** The texts behind `valueForms.unsureText`, as far as they can be kept. */
  readonly unsure: UnsureTexts;
  private readonly counts: Float64Array;

  constructor(columns: number) {
    this.unsure = new UnsureTexts();
    this.counts = new Float64Array(columns << FORM_BITS);
  }

  /** Counts a value. */
  add(column: number, form: ValueForm): void {
    const place = (column << FORM_BITS) | form;
    this.counts[place] = (this.counts[place] as number) + 1;
  }

  /** Number of a column's values in some forms. */
  count(column: number, ...forms: readonly ValueForm[]): number {
    return forms.reduce<number>((sum, form) => sum + (this.counts[(column << FORM_BITS) | form] ?? 0), 0);
  }

  /** The forms that a column has, as a sum of `valueKinds`. */
  kinds(column: number): ValueKindMask {
    const { blankText, unsureText, ...plain } = valueForms;
    const has = (form: ValueForm): boolean => this.count(column, form) > 0;
    const kinds = Object.values(plain).reduce<number>((mask, form) => (has(form) ? mask | (1 << form) : mask), 0);
    return has(blankText) || has(unsureText) ? kinds | valueKinds.string : kinds;
  }
}
