import { terminalText, visibleText } from "../../shared/text/visible-text.ts";

/** Prints a command's result on stdout: one line of JSON, or text. */
export function printAnswer(isJson: boolean | undefined, answer: unknown, render: () => string): void {
  // escaping invisible characters does not change the meaning of the JSON
  process.stdout.write(`${isJson === true ? visibleText(JSON.stringify(answer)) : terminalText(render())}\n`);
}
