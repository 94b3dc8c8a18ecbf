import { tokensOf, type SqlToken } from "./sql-tokens.ts";

/** A place in the tokens of a text. */
export class TokenCursor {
  readonly tokens: readonly SqlToken[];
  position = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  /** Returns the next token without reading it, or undefined at the end. */
  peek(ahead = 0): SqlToken | undefined {
    return this.tokens[this.position + ahead];
  }

  /** Reads the next token. */
  next(): SqlToken | undefined {
    const token = this.peek();
    this.position += 1;
    return token;
  }

  /** True when the next tokens are these words or symbols; words in upper case. */
  sees(...values: readonly string[]): boolean {
    return values.every((value, index) => isPlain(this.peek(index), value));
  }

  /** True when no token is left. */
  get isAtEnd(): boolean {
    return this.position >= this.tokens.length;
  }
}

/** Reads the words and names of a statement. */
export class TokenReader extends TokenCursor {
  /** Reads these words or symbols if they come next; returns whether they did. */
  take(...values: readonly string[]): boolean {
    if (!this.sees(...values)) return false;
    this.position += values.length;
    return true;
  }

  /** Reads a name, quoted or not; undefined when the next token is not a name. */
  name(): string | undefined {
    const token = this.peek();
    if (token?.kind !== "name" && token?.kind !== "word") return undefined;
    this.position += 1;
    return token.kind === "name" ? token.value : token.text;
  }

  /** Reads `name` or `database.name`. */
  tableName(): { database: string | undefined; table: string } | undefined {
    const first = this.name();
    if (first === undefined) return undefined;
    if (!this.take(".")) return { database: undefined, table: first };
    const second = this.name();
    return second === undefined ? undefined : { database: first, table: second };
  }
}

/** True for this word or symbol, which is not quoted. */
export function isPlain(token: SqlToken | undefined, value: string): boolean {
  return (token?.kind === "word" || token?.kind === "symbol") && token.value === value;
}

/** Splits tokens at the commas outside parentheses. */
export function splitAtCommas(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isPlain(token, "(")) depth += 1;
    if (isPlain(token, ")")) depth -= 1;
    if (depth === 0 && isPlain(token, ",")) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
