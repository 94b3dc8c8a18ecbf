/**
 * Characters that change how the text around them reads without being seen: controls, and marks of writing direction
 * (U+202E turns what follows it around). @see Unicode Standard Annex 9, "Directional Formatting Characters"
 */
// eslint-disable-next-line no-control-regex -- controls are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text from outside, with what cannot be seen written out: `\u202e`. */
export function visibleText(text: string): string {
  return text.replaceAll(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
