/** Prints a line about the work on stderr; stdout is for the result. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
