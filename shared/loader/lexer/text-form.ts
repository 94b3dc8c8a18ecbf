import * as byte from "./bytes.ts";
import { valueForms, type TextForm } from "./value-forms.ts";

/** Texts that the source writes instead of NULL. */
export const BLANK_TEXTS: readonly string[] = ["", "--", "NULL"];

/** Maximum bytes of a text that are examined. */
export const TEXT_HEAD_BYTES = 64;

const NO_PROOF = 0;
const PROOF = 1;
const KANA = 2;

/**
 * What a byte of UTF-8 proves about its text. No collation treats a text as equal to one of `BLANK_TEXTS` when it
 * contains a letter or digit that these do not: ASCII other than N, U and L, Cyrillic, an ideograph, a kana, a Hangul.
 * Spaces, signs and marks prove nothing, because many collations ignore them; nor do characters that resemble a letter,
 * such as `Ｎ`.
 */
const PROOFS = Uint8Array.from({ length: 256 }, (_, value) => {
  if (/^[0-9A-Za-z]$/.test(String.fromCharCode(value)))
    return "NnUuLl".includes(String.fromCharCode(value)) ? NO_PROOF : PROOF;
  // U+0400 to U+047F, U+4000 to U+9FFF, U+B000 to U+CFFF
  if (value === 0xd0 || value === 0xd1 || (value >= 0xe4 && value <= 0xe9)) return PROOF;
  if (value === 0xeb || value === 0xec) return PROOF;
  return value === 0xe3 ? KANA : NO_PROOF;
});

/** True when a text with this byte outside of an escape is none of `BLANK_TEXTS`; most texts begin with such a byte. */
export function provesText(value: number): boolean {
  return PROOFS[value] === PROOF;
}

/**
 * Returns whether a text of UTF-8 is one of `BLANK_TEXTS` in any collation.
 *
 * @param bytes contains the text as written between its quotes in the dump, including escapes
 */
export function textForm(bytes: Uint8Array, start: number, end: number): TextForm {
  if (isBlank(bytes, start, end)) return valueForms.blankText;
  const last = Math.min(end, start + TEXT_HEAD_BYTES);
  for (let i = start; i < last; i += 1) {
    // within bounds by the loop's condition
    const value = bytes[i] as number;
    const proof = PROOFS[value];
    if (proof === PROOF) return valueForms.text;
    if (proof === KANA && i + 2 < last && isKana(bytes[i + 1] as number, bytes[i + 2] as number))
      return valueForms.text;
    if (value === byte.BACKSLASH) i += 1;
  }
  return valueForms.unsureText;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  switch (end - start) {
    case 0:
      return true;
    case 2:
      return bytes[start] === byte.DASH && bytes[start + 1] === byte.DASH;
    case 4:
      return (
        bytes[start] === byte.UPPER_N &&
        bytes[start + 1] === byte.UPPER_U &&
        bytes[start + 2] === byte.UPPER_L &&
        bytes[start + 3] === byte.UPPER_L
      );
    default:
      return false;
  }
}

/** True after 0xE3 for U+3041 to U+3096 and U+30A1 to U+30F6. The characters between them are marks. */
function isKana(second: number, third: number): boolean {
  switch (second) {
    case 0x81:
      return third >= 0x81;
    case 0x82:
      return third <= 0x96 || third >= 0xa1;
    default:
      return second === 0x83 && third <= 0xb6;
  }
}
