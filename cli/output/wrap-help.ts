import { wrapText } from "./wrap-text.ts";

/**
 * Wraps a help text. Lines of a paragraph are joined first. Indented lines stay whole, because they contain commands; if one
 * is too long, its explanation follows on the next line.
 *
 * @param width columns of the terminal
 */
export function wrapHelp(text: string, width: number): string {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length > 0) lines.push(...wrapText(paragraph.join(" "), width));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    if (/^\S/.test(line)) {
      paragraph.push(line);
      continue;
    }
    endParagraph();
    const [, command, explanation] = /^( +\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
    if (line.length <= width || command === undefined || explanation === undefined) lines.push(line);
    else lines.push(command, ...wrapText(explanation, width - 6).map((part) => `      ${part}`));
  }
  endParagraph();
  return lines.join("\n");
}
