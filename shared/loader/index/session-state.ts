import { splitAtCommas, TokenReader } from "../lexer/token-reader.ts";
import type { SqlToken } from "../lexer/sql-tokens.ts";

/** Session settings of a dump that affect how its statements are read. */
export interface SessionSettings {
  /** Character set of the dump's text. */
  charset: string;
  /** Time zone of TIMESTAMP values. */
  timeZone: string;
  sqlMode: string;
}

/** Settings of a dump without a header: the source's `--compact` dumps. */
const INITIAL: SessionSettings = { charset: "utf8mb4", timeZone: "+00:00", sqlMode: "" };

/**
 * Character sets in which quotes and backslashes are never part of a multi-byte character, so that bytes can be read
 * without decoding. sjis, cp932, big5, gbk and gb18030 are not among them.
 */
const SAFE_CHARSETS = new Set(
  (
    "utf8mb4 ascii binary latin1 latin2 latin5 latin7 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 koi8r koi8u " +
    "greek hebrew hp8 dec8 keybcs2 macce macroman tis620 geostd8 armscii8 ujis eucjpms euckr gb2312"
  ).split(" "),
);
const ANSI_QUOTES = /ANSI|MSSQL|ORACLE|DB2|POSTGRESQL|MAXDB/i;

/** Tracks the SET statements of a dump; none of them is executed. */
export class SessionState {
  private settings = INITIAL;
  private readonly variables = new Map<string, string | undefined>();
  /** User variables with saved settings that have not been restored yet. */
  private readonly saved = new Set<string>();

  /** The current settings. */
  get current(): SessionSettings {
    return this.settings;
  }

  /** Why tables and rows cannot be read with the current settings; undefined when they can. */
  get problem(): { code: string; found: string; expected: string } | undefined {
    const { charset, sqlMode, timeZone } = this.settings;
    if (!/^(?:[+-]\d\d?:\d\d|[\w/+-]+)$/.test(timeZone)) {
      return { code: "DUMP_TIME_ZONE", found: `time_zone set to ${timeZone}`, expected: "an offset such as +00:00" };
    }
    if (!SAFE_CHARSETS.has(charset)) {
      return {
        code: "DUMP_CHARSET",
        found: `text in ${charset}`,
        expected: "utf8mb4, latin1 or another supported character set",
      };
    }
    if (/NO_BACKSLASH_ESCAPES/i.test(sqlMode) || ANSI_QUOTES.test(sqlMode)) {
      return {
        code: "DUMP_SQL_MODE",
        found: `sql_mode ${sqlMode}`,
        expected: "no mode that changes quotes or escapes",
      };
    }
    return undefined;
  }

  /** True when the dump has saved a setting, which a complete dump restores. */
  hasSaved = false;

  /** A variable with a saved setting that has not been restored yet, such as `@old_sql_mode`. */
  get unrestored(): string | undefined {
    return this.saved.values().next().value;
  }

  /** Applies a SET statement to the tracked settings. */
  apply(text: string): void {
    const reader = new TokenReader(text);
    reader.take("SET");
    for (const assignment of splitAtCommas(reader.tokens.slice(1))) this.assign(assignment);
  }

  private assign(tokens: readonly SqlToken[]): void {
    const words = tokens.map((token) => token.value);
    const [first, second] = words;
    if (first === "NAMES" || first === "CHARSET") return this.set("character_set_client", valueOf(tokens[1]));
    if (first === "CHARACTER" && second === "SET") return this.set("character_set_client", valueOf(tokens[2]));
    const at = words.findIndex((word, index) => word === "=" || (word === ":" && words[index + 1] === "="));
    if (at === -1) return;
    const target = words.slice(0, at).join("").toLowerCase();
    const source = tokens.slice(words[at] === ":" ? at + 2 : at + 1);
    this.noteSaving(target, source);
    const value = target.endsWith("sql_mode") ? this.evaluateModes(source) : this.evaluate(source);
    if (target.startsWith("@") && !target.startsWith("@@")) this.variables.set(target, value);
    else if (!/global|persist/.test(target))
      this.set(target.replace(/^@@(session\.|local\.)?|^session|^local/, ""), value);
  }

  /** Dump programs save settings as `@OLD_SQL_MODE` or `@saved_cs_client`, and restore them later. */
  private noteSaving(target: string, source: readonly SqlToken[]): void {
    const text = source.map((token) => token.value.toLowerCase()).join("");
    for (const name of [...this.saved]) if (text.includes(name)) this.saved.delete(name);
    if (/^@(?:old|saved)_/.test(target) && text.startsWith("@@")) {
      this.saved.add(target);
      this.hasSaved = true;
    }
  }

  /** Assumes that an expression over modes, such as `IFNULL(@OLD_SQL_MODE, '')`, sets every mode that it names. */
  private evaluateModes(tokens: readonly SqlToken[]): string | undefined {
    if (tokens.length === 1 || tokens[0]?.value === "@") return this.evaluate(tokens);
    const named = tokens.map((token, index) => {
      if (token.kind === "string") return token.value;
      if (token.value !== "@") return "";
      const isSystem = tokens[index + 1]?.value === "@";
      return this.evaluate(tokens.slice(index, index + (isSystem ? 3 : 2))) ?? "";
    });
    return named.filter((modes) => modes !== "").join(",");
  }

  private evaluate(tokens: readonly SqlToken[]): string | undefined {
    const [first] = tokens;
    if (first === undefined) return undefined;
    if (first.value !== "@") return tokens.length === 1 ? valueOf(first) : undefined;
    const name = tokens
      .map((token) => token.value)
      .join("")
      .toLowerCase();
    if (!name.startsWith("@@")) return this.variables.get(name);
    switch (name.replace(/^@@(session\.|global\.)?/, "")) {
      case "character_set_client":
      case "character_set_connection":
      case "character_set_results":
        return this.settings.charset;
      case "time_zone":
        return this.settings.timeZone;
      case "sql_mode":
        return this.settings.sqlMode;
      default:
        return undefined;
    }
  }

  private set(name: string, value: string | undefined): void {
    switch (name) {
      case "character_set_client":
        this.settings = { ...this.settings, charset: charsetOf(value) };
        return;
      case "time_zone":
        this.settings = { ...this.settings, timeZone: value ?? "an expression" };
        return;
      case "sql_mode":
        this.settings = { ...this.settings, sqlMode: value ?? "" };
        return;
      default:
    }
  }
}

function valueOf(token: SqlToken | undefined): string | undefined {
  return token?.kind === "word" ? token.text : token?.value;
}

/** Reads utf8mb3 as utf8mb4, which contains it. */
function charsetOf(value: string | undefined): string {
  const charset = value?.toLowerCase() ?? "an expression";
  return ["utf8", "utf8mb3", "default"].includes(charset) ? "utf8mb4" : charset;
}
