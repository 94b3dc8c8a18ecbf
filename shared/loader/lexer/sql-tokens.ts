/** A token of SQL text without comments. */
export interface SqlToken {
  kind: "word" | "name" | "string" | "symbol";
  /** The token's text as written. */
  text: string;
  /** Words in upper case; names and strings without quotes; symbols as they are. */
  value: string;
  /** Index of the token's start in the text. */
  at: number;
}

const TOKEN =
  /\s+|(?<name>`(?:[^`]|``)*`)|(?<string>'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*")|(?<word>[\w$.\u0080-\uffff]+)|(?<symbol>[^])/gy;
const ESCAPES: Readonly<Record<string, string>> = { "0": "\0", b: "\b", n: "\n", r: "\r", t: "\t", Z: "\u001a" };

/**
 * Splits SQL text without comments into tokens. `@@x` and `@x` become the symbol `@` and a word.
 *
 * @see MySQL Reference Manual, "Lexical Structure"
 */
export function tokensOf(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const { name, string, word, symbol } = match.groups ?? {};
    const at = match.index;
    if (name !== undefined)
      tokens.push({ kind: "name", text: name, value: name.slice(1, -1).replaceAll("``", "`"), at });
    else if (string !== undefined)
      tokens.push({ kind: "string", text: string, value: unescape(string.slice(1, -1), string.charAt(0)), at });
    else if (word !== undefined) pushWord(tokens, word, at);
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol, value: symbol, at });
  }
  return tokens;
}

/** Adds a word with dots, which is either a number or several names separated by dots. */
function pushWord(tokens: SqlToken[], word: string, at: number): void {
  if (/^[\d.]/.test(word) || !word.includes(".")) {
    tokens.push({ kind: "word", text: word, value: word.toUpperCase(), at });
    return;
  }
  let start = at;
  for (const [index, part] of word.split(".").entries()) {
    if (index > 0) {
      tokens.push({ kind: "symbol", text: ".", value: ".", at: start });
      start += 1;
    }
    if (part !== "") tokens.push({ kind: "word", text: part, value: part.toUpperCase(), at: start });
    start += part.length;
  }
}

/**
 * Returns a text without its escapes and doubled quotes, as the server's parser does.
 *
 * @see MySQL Reference Manual, "String Literals"
 */
export function unescape(text: string, quote: string): string {
  return text.replace(/\\([^])|(['"])\2/g, (all, escaped: string | undefined, doubled: string | undefined) => {
    if (escaped === undefined) return doubled === quote ? quote : all;
    return escaped === "%" || escaped === "_" ? all : (ESCAPES[escaped] ?? escaped);
  });
}
