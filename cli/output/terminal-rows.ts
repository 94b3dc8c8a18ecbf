import { stripVTControlCharacters } from "node:util";

/** Characters that are two columns wide. @see Unicode Standard Annex 11, "East Asian Width" */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** Number of rows that a text needs on a terminal of this width: long lines wrap. */
export function terminalRows(text: string, columns: number): number {
  return text.split("\n").reduce((rows, line) => rows + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
}

/** Number of columns that a line needs on a terminal. */
export function textWidth(line: string): number {
  const visible = stripVTControlCharacters(line);
  return visible.length + (visible.match(WIDE)?.length ?? 0);
}
