import { commandFor } from "../../shared/text/command-for.ts";
import type { Alert } from "../../events/alert.ts";

/** How long a line may be, and all lines together, measured as the channel counts. */
export interface TextLimits {
  line: number;
  all: number;
  /** Length of a line as it is sent. */
  measure: (line: string) => number;
}

/**
 * The lines of an alert's text that a channel takes. What is too long is cut, and a last line says where all of it is.
 */
export function fittingLines({ text, stage }: Pick<Alert, "text" | "stage">, limits: TextLimits): string[] {
  const note = `... cut here; all of it: ${commandFor(stage, "alerts")}`;
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
  // a character may be sent as several
  while (measure(line) > limit) line = `${line.slice(0, Math.floor(line.length * 0.9) - 1)}…`.toWellFormed();
  return line;
}
