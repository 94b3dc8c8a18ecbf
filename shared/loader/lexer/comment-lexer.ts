import * as byte from "./bytes.ts";
import { runsComment, type ServerDialect } from "./dialect.ts";

/** Reports an error in the dump; the caller adds line and table. */
export type Fail = (code: string, offset: number, found: string, expected: string) => never;

/**
 * `open`: more bytes are needed. `space`: a comment or the start or end of a versioned one was read. `code`: not a
 * comment.
 */
type Outcome = "open" | "space" | "code";
type State = "slash" | "marker" | "block" | "block-star" | "dash" | "dashes" | "line" | "versioned-end";

const MARKER = /^(?:M|M?!\d{0,6})$/;
const MAX_LINE_TEXT = 200;

/**
 * Reads comments between tokens, for any chunk size: `#`, `-- `, block comments, and the start and end of versioned
 * comments whose content the server runs.
 *
 * @see MySQL Reference Manual, "Comments"
 */
export class CommentLexer {
  /** True within a versioned comment whose content the server runs. */
  isInVersioned = false;
  /** How to interpret the bytes since `begin`. */
  outcome: Outcome = "space";
  /** The bytes of outcome `code`: `/`, `*`, `-` or `--`. */
  codeText = "";
  /** Start of a line comment; empty for other comments. */
  lineText = "";
  private state: State = "line";
  private marker = "";
  private readonly dialect: ServerDialect;
  private readonly fail: Fail;

  constructor(dialect: ServerDialect, fail: Fail) {
    this.dialect = dialect;
    this.fail = fail;
  }

  /** Reads the first byte. Returns false when no comment begins or ends with it. */
  begin(c: number): boolean {
    if (c === byte.SLASH) this.state = "slash";
    else if (c === byte.DASH) this.state = "dash";
    else if (c === byte.HASH) this.state = "line";
    else if (c === byte.STAR && this.isInVersioned) this.state = "versioned-end";
    else return false;
    this.lineText = "";
    this.outcome = "open";
    return true;
  }

  /** Marks the end of the dump, which ends a line comment without a newline. */
  end(): void {
    if (this.state === "line" || this.state === "dashes") this.close("space");
  }

  /**
   * Continues while the outcome is `open`.
   *
   * @returns index of the next byte to read; the newline of a line comment is not consumed
   */
  read(chunk: Uint8Array, i: number, base: number): number {
    // callers pass an index within the chunk
    const c = chunk[i] as number;
    switch (this.state) {
      case "slash":
        if (c !== byte.STAR) return this.close("code", i, "/");
        this.state = "marker";
        this.marker = "";
        return i + 1;
      case "marker": {
        const longer = this.marker + String.fromCharCode(c);
        if (!MARKER.test(longer)) return this.endMarker(i, base);
        this.marker = longer;
        return i + 1;
      }
      case "block": {
        const star = chunk.indexOf(byte.STAR, i);
        if (star === -1) return chunk.length;
        this.state = "block-star";
        return star + 1;
      }
      case "block-star":
        if (c === byte.SLASH) return this.close("space", i + 1);
        if (c !== byte.STAR) this.state = "block";
        return i + 1;
      case "dash":
        if (c !== byte.DASH) return this.close("code", i, "-");
        this.state = "dashes";
        return i + 1;
      case "dashes":
        if (!byte.isSpace(c)) return this.close("code", i, "--");
        this.state = "line";
        return i;
      case "line": {
        const newline = chunk.indexOf(byte.LF, i);
        const end = newline === -1 ? chunk.length : newline;
        const room = MAX_LINE_TEXT - this.lineText.length;
        if (room > 0) this.lineText += String.fromCharCode(...chunk.subarray(i, Math.min(end, i + room)));
        return newline === -1 ? end : this.close("space", newline);
      }
      case "versioned-end":
        if (c !== byte.SLASH) return this.close("code", i, "*");
        this.isInVersioned = false;
        return this.close("space", i + 1);
    }
  }

  private close(outcome: Outcome, next = 0, codeText = ""): number {
    this.outcome = outcome;
    this.codeText = codeText;
    return next;
  }

  private endMarker(i: number, base: number): number {
    const [, bang, digits = ""] = /^(M?!)(\d*)$/.exec(this.marker) ?? [];
    this.state = "block";
    if (bang !== "!" && bang !== "M!") return i;
    if (digits.length > 0 && digits.length < 5) {
      this.fail("DUMP_SYNTAX", base + i, `a comment of version ${digits}`, "a version of five or six digits");
    }
    if (!runsComment(this.dialect, bang, digits === "" ? undefined : Number(digits))) return i;
    if (this.isInVersioned) {
      this.fail("DUMP_SYNTAX", base + i, "a versioned comment within another", "the end of the outer comment");
    }
    this.isInVersioned = true;
    return this.close("space", i);
  }
}
