import { commandFor } from "../../shared/text/command-for.ts";
import type { Alert } from "../../events/alert.ts";

/** Longest line and longest text, as the channel measures them. */
export interface TextLimits {
  line: number;
  all: number;
  /** Length of a line in the encoded message. */
  measure: (line: string) => number;
}

/** The lines of an alert that fit into a message. Longer text is cut, and a last line names the command that shows all. */
export function fittingLines({ text, stage }: Pick<Alert, "text" | "stage">, limits: TextLimits): string[] {
  const note = `... cut; full text: ${commandFor(stage, "alerts")}`;
  const allowed = limits.all - limits.measure(note);
  const lines: string[] = [];
  let length = 0;
  let isCut = false;
  for (const whole of text.split("\n")) {
    const line = cutTo(whole, limits);
    isCut ||= line !== whole;
    length += limits.measure(line);
    if (length > allowed) return [...lines, note];
    lines.push(line);
  }
  return isCut ? [...lines, note] : lines;
}

function cutTo(whole: string, { line: limit, measure }: TextLimits): string {
  let line = whole;
  // a character may be encoded as several
  while (measure(line) > limit) line = `${line.slice(0, Math.floor(line.length * 0.9) - 1)}…`.toWellFormed();
  return line;
}
