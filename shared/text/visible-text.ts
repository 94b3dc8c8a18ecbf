/**
 * Characters that are not seen but change how the text around them reads: C0 and C1 controls, and marks of writing
 * direction (U+202E reverses what follows). @see Unicode Standard Annex 9, "Directional Formatting Characters"
 */
// eslint-disable-next-line no-control-regex -- controls are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A colour of our own, which stays; or a control that stands for nothing on a terminal but harm. */
const COLOUR_OR_UNSEEN = new RegExp(`(\u001b\\[[\\d;]*m)|\r|${UNSEEN.source}`, "g");

/** A text from outside, with unseen characters written out: `\u202e`. */
export function visibleText(text: string): string {
  return text.replaceAll(UNSEEN, writtenOut);
}

/** A text for a terminal: colours stay, other unseen characters are written out. Applied once, at the output. */
export function terminalText(text: string): string {
  return text.replaceAll(COLOUR_OR_UNSEEN, (found, colour: string | undefined) => colour ?? writtenOut(found));
}

function writtenOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
