/** Prints a command's answer on stdout: as one line of JSON for machines, else as text for people. */
export function printAnswer(isJson: boolean | undefined, answer: unknown, render: () => string): void {
  process.stdout.write(`${isJson === true ? JSON.stringify(answer) : render()}\n`);
}
