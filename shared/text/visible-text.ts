/**
 * Invisible characters that change how the text around them is displayed: C0 and C1 controls, and direction marks
 * (U+202E reverses the text after it). @see Unicode Standard Annex 9, "Directional Formatting Characters"
 */
// eslint-disable-next-line no-control-regex -- controls are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A colour sequence of Baton, which is preserved; or a carriage return or invisible character, which is unsafe on a
 * terminal.
 */
const COLOUR_OR_UNSEEN = new RegExp(`(\u001b\\[[\\d;]*m)|\r|${UNSEEN.source}`, "g");

/** Returns a text from outside with its invisible characters escaped: `\u202e`. */
export function visibleText(text: string): string {
  return text.replaceAll(UNSEEN, writtenOut);
}

/**
 * Returns a text for a terminal: colours are preserved, other invisible characters are escaped. Apply once, at the
 * output.
 */
export function terminalText(text: string): string {
  return text.replaceAll(COLOUR_OR_UNSEEN, (found, colour: string | undefined) => colour ?? writtenOut(found));
}

function writtenOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
