import { quoteName } from "../../warehouse/tables/identifier.ts";
import type { SqlToken } from "../lexer/sql-tokens.ts";
import { isPlain, TokenCursor } from "../lexer/token-reader.ts";
import { CONSTANT_WORDS, EXPRESSION_WORDS, FUNCTION_FAMILIES, FUNCTIONS } from "../lexer/expression-words.ts";

/** A definition that is not allowed, with what was found and what was expected. */
export class DefinitionFault extends Error {
  readonly expected: string;
  readonly table: string | undefined;

  constructor(found: string, expected: string, table?: string) {
    super(found);
    this.name = "DefinitionFault";
    this.expected = expected;
    this.table = table;
  }
}

/** A token of the rebuilt definition. Its text is generated from the parsed token, never copied from the dump. */
export interface CleanToken {
  /** SQL text. */
  text: string;
  /** Words in upper case, names without quotes. */
  value: string;
  kind: "word" | "name" | "other";
  /** True when no space comes before it. */
  isGlued: boolean;
}

/** MySQL's limit for names, in characters. */
const MAX_NAME = 64;
const NUMBER = /^(?:(?:\d+\.?\d*|\.\d+)(?:e\d*)?|0x[0-9a-f]+|0b[01]+)$/i;
const OPERATORS = new Set([..."+-*/%<>=!,&|^~"]);
const ESCAPED: Readonly<Record<string, string>> = { "'": "''", "\\": "\\\\", "\0": "\\0" };

/**
 * Reads a definition token by token and writes the accepted tokens to a new one. Tokens that no method accepts are not
 * in the result, so no unparsed text of the dump reaches the server.
 */
export class DefinitionReader extends TokenCursor {
  private out: CleanToken[] = [];

  /** True when the next token is one of these words. */
  seesAny(words: ReadonlySet<string> | readonly string[]): boolean {
    const token = this.peek();
    return token?.kind === "word" && new Set(words).has(token.value);
  }

  /** Reads and writes these words or symbols, if they come next. */
  take(...values: readonly string[]): boolean {
    if (!this.sees(...values)) return false;
    for (let count = values.length; count > 0; count -= 1) this.write(this.next());
    return true;
  }

  /** Reads these words or symbols without writing them, if they come next. */
  drop(...values: readonly string[]): boolean {
    if (!this.sees(...values)) return false;
    this.position += values.length;
    return true;
  }

  /** Reads and writes one of these words; returns it. */
  takeAny(words: ReadonlySet<string> | readonly string[]): string | undefined {
    return this.seesAny(words) ? this.write(this.next()).value : undefined;
  }

  /** Reads and writes these words or symbols; rejects anything else. */
  expect(...values: readonly string[]): void {
    if (!this.take(...values)) this.reject(values.join(" "));
  }

  /** @throws DefinitionFault that names the next tokens */
  reject(expected: string): never {
    const shown = this.tokens.slice(this.position, this.position + 6).map(({ text }) => text.slice(0, 40));
    throw new DefinitionFault(shown.length === 0 ? "the end of the definition" : `\`${shown.join(" ")}\``, expected);
  }

  /** Reads a name without writing it. */
  readName(what: string): string {
    const token = this.peek();
    if (token?.kind !== "name" && token?.kind !== "word") this.reject(`the name of ${what}`);
    this.position += 1;
    const name = token.kind === "name" ? token.value : token.text;
    checkName(name, what);
    return name;
  }

  /** Reads and writes a name. */
  name(what: string): string {
    const name = this.readName(what);
    this.push({ kind: "name", text: quoteName(name), value: name }, { isGlued: this.isGlued() });
    return name;
  }

  /** Reads `name` or `database.name` without writing it. */
  readTableName(): { database: string | undefined; table: string } {
    const first = this.readName("a table");
    return this.drop(".")
      ? { database: first, table: this.readName("a table") }
      : { database: undefined, table: first };
  }

  /** True when `NAME=` comes next. */
  seesOption(): boolean {
    const token = this.peek();
    return (token?.kind === "word" || token?.kind === "name") && isPlain(this.peek(1), "=");
  }

  /** Reads and writes a whole number. */
  number(): void {
    const token = this.peek();
    if (token?.kind !== "word" || !/^\d+$/.test(token.text)) this.reject("a whole number");
    this.write(this.next());
  }

  /** Reads and writes a string. */
  string(): void {
    if (this.peek()?.kind !== "string") this.reject("a string");
    this.write(this.next());
  }

  /** Reads and writes `(` list `)`; `item` reads one element. */
  list(item: () => void): void {
    this.expect("(");
    do item();
    while (this.take(","));
    this.expect(")");
  }

  /** Reads a list in parentheses, or one value, without writing it. */
  dropValue(): void {
    if (!this.drop("(")) {
      if (this.next() === undefined) this.reject("a value");
      return;
    }
    for (let depth = 1; depth > 0;) {
      const token = this.next();
      if (token === undefined) this.reject("`)`");
      if (isPlain(token, "(")) depth += 1;
      if (isPlain(token, ")")) depth -= 1;
    }
  }

  /** Reads and writes the value of DEFAULT or ON UPDATE: a literal, a function call or an expression in parentheses. */
  constant(): void {
    if (this.sees("(")) return this.expression();
    while (this.take("-") || this.take("+"));
    while (this.seesPrefix()) this.expressionToken();
    const token = this.peek();
    const isCall = token?.kind === "word" && isPlain(this.peek(1), "(");
    const isLiteral = token?.kind === "string" || this.seesAny(CONSTANT_WORDS) || isNumber(token);
    if (token === undefined || (!isLiteral && !isCall)) this.reject("a literal value");
    this.closeExpression(this.expressionToken());
    // the tokens of `1e-7`
    if (/\de$/i.test(token.text) && (this.take("-") || this.take("+"))) this.number();
    if (isCall && this.sees("(")) this.expression();
  }

  /** True for `x'41'`, `b'01'`, `N'..'`, `_utf8mb4'..'`. */
  private seesPrefix(): boolean {
    const [word, string] = [this.peek(), this.peek(1)];
    if (word?.kind !== "word") return false;
    const { text } = word;
    if (/^_[a-z0-9]+$/i.test(text)) return string?.kind === "string" || isNumber(string) || isPrefix(string);
    return isPrefix(word) && string?.kind === "string" && string.at === word.at + text.length;
  }

  /** Reads and writes an expression in parentheses: operators, literals, columns and listed functions. */
  expression(): void {
    this.expect("(");
    this.closeExpression(1);
  }

  /** Reads and writes the rest of an expression with this number of open parentheses. */
  private closeExpression(open: number): void {
    for (let depth = open; depth > 0;) {
      if (this.take(")")) depth -= 1;
      else if (this.take("(")) depth += 1;
      else depth += this.expressionToken();
    }
  }

  /** Returns the number of parentheses that the token opened: 1 for a function call. */
  private expressionToken(): number {
    const token = this.peek();
    const isCall = isPlain(this.peek(1), "(");
    if (token?.kind === "word") return this.expressionWord(token, { isCall });
    if (token?.kind === "name" && !isCall) this.name("a column");
    else if (token?.kind === "string" || OPERATORS.has(token?.value ?? "")) this.write(this.next());
    else this.reject("an expression over columns, constants and built-in functions");
    return 0;
  }

  private expressionWord(word: SqlToken, { isCall }: { isCall: boolean }): number {
    const { value, text } = word;
    if (isCall && (FUNCTIONS.has(value) || FUNCTION_FAMILIES.test(value))) {
      this.write(this.next());
      this.next();
      // with a space before the parenthesis, servers look for a stored function
      this.push({ kind: "other", text: "(", value: "(" }, { isGlued: true });
      return 1;
    }
    if (EXPRESSION_WORDS.has(value) || isNumber(word) || this.seesPrefix()) this.write(this.next());
    else if (value === "SELECT") this.reject("an expression without subqueries");
    else if (isCall)
      throw new DefinitionFault(`the function ${text.slice(0, MAX_NAME)}`, "built-in functions without side effects");
    else this.name("a column");
    return 0;
  }

  /** Runs `work`; returns its result and the tokens that it wrote. */
  capture<T>(work: () => T): { tokens: CleanToken[]; result: T } {
    const outer = this.out;
    this.out = [];
    const result = work();
    const tokens = this.out;
    this.out = outer;
    return { tokens, result };
  }

  private write(token: SqlToken | undefined): CleanToken {
    if (token === undefined) this.reject("more");
    const kind = token.kind === "word" ? "word" : "other";
    return this.push({ kind, text: textOf(token), value: token.value }, { isGlued: this.isGlued() });
  }

  /** True when no space comes before the last token read. */
  private isGlued(): boolean {
    const [before, token] = this.tokens.slice(Math.max(0, this.position - 2), this.position);
    return before !== undefined && token !== undefined && before.at + before.text.length === token.at;
  }

  private push(token: Omit<CleanToken, "isGlued">, { isGlued } = { isGlued: false }): CleanToken {
    const clean = { ...token, isGlued: isGlued && this.out.length > 0 };
    this.out.push(clean);
    return clean;
  }
}

function isPrefix(token: SqlToken | undefined): boolean {
  return token?.kind === "word" && /^[xbn]$/i.test(token.text);
}

/** True for numbers, hexadecimal and bit literals. */
function isNumber(token: SqlToken | undefined): boolean {
  return token?.kind === "word" && NUMBER.test(token.text);
}

function textOf({ kind, text, value }: SqlToken): string {
  if (kind !== "string") return text;
  return `'${value.replace(/['\\\0]/g, (character) => ESCAPED[character] ?? "")}'`;
}

function checkName(name: string, what: string): void {
  const length = [...name].length;
  const shown = `${quoteName(name.slice(0, MAX_NAME + 1))} as the name of ${what}`;
  if (length === 0 || length > MAX_NAME)
    throw new DefinitionFault(`${shown}: ${length} characters`, `1 to ${MAX_NAME}`);
  if (name.endsWith(" "))
    throw new DefinitionFault(`${shown}, which ends with a space`, "a name without a space at its end");
  if (/[\0\u{10000}-\u{10ffff}]/u.test(name)) throw new DefinitionFault(shown, "characters from U+0001 to U+FFFF");
}

/** SQL text of rebuilt tokens. */
export function renderTokens(tokens: readonly CleanToken[]): string {
  return tokens.map(({ text, isGlued }, index) => (index === 0 || isGlued ? text : ` ${text}`)).join("");
}
