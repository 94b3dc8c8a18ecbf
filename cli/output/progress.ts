/** One line of progress on stderr, overwritten in place; prints nothing when stderr is not a terminal. */
export class Progress {
  #isShown = false;

  show(text: string): void {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\u001b[2K${text}`);
    this.#isShown = true;
  }

  /** Erases the line. */
  end(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[2K");
    this.#isShown = false;
  }
}
