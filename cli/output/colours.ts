import { styleText } from "node:util";

type Name = "bold" | "dim" | "cyan" | "green" | "red" | "yellow";

/** Colours a text. */
type Colour = (text: string) => string;

/** Whether texts on this stream have colours. */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  return styleText("bold", "text", { stream }) !== "text";
}

/**
 * Colours for texts on this stream. A text stays plain unless the stream is a terminal: a pipe or a CI job gets no
 * escape codes. NO_COLOR and FORCE_COLOR apply.
 *
 * @see Node.js documentation, "util.styleText"
 */
function coloursOn(stream: NodeJS.WriteStream): Readonly<Record<Name, Colour>> {
  const colour =
    (name: Name): Colour =>
    (text) =>
      styleText(name, text, { stream });
  return {
    bold: colour("bold"),
    dim: colour("dim"),
    cyan: colour("cyan"),
    green: colour("green"),
    red: colour("red"),
    yellow: colour("yellow"),
  };
}

/** For results, on stdout. */
export const colours = coloursOn(process.stdout);

/** For errors and progress, on stderr. */
export const errorColours = coloursOn(process.stderr);
