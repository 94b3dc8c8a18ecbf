import { terminalText } from "../../shared/text/visible-text.ts";

/** Prints a progress message on stderr; stdout is for the result. */
export function say(text: string): void {
  process.stderr.write(`${terminalText(text)}\n`);
}
