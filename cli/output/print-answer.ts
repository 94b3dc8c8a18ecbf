import { terminalText, visibleText } from "../../shared/text/visible-text.ts";

/** Prints a command's answer on stdout: one line of JSON for machines, or text for people. */
export function printAnswer(isJson: boolean | undefined, answer: unknown, render: () => string): void {
  // written out, an unseen character is the same JSON
  process.stdout.write(`${isJson === true ? visibleText(JSON.stringify(answer)) : terminalText(render())}\n`);
}
