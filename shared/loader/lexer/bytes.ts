/** Bytes with a meaning in SQL text. */
export const NUL = 0x00;
const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const CTRL_Z = 0x1a;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const PERCENT = 0x25;
export const QUOTE = 0x27;
export const OPEN = 0x28;
export const CLOSE = 0x29;
export const STAR = 0x2a;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const NINE = 0x39;
export const SEMICOLON = 0x3b;
export const UPPER_L = 0x4c;
export const UPPER_N = 0x4e;
export const UPPER_U = 0x55;
export const UPPER_Z = 0x5a;
export const BACKSLASH = 0x5c;
export const UNDERSCORE = 0x5f;
export const BACKTICK = 0x60;

/** The entry in `HEX_VALUES` for bytes that are not hexadecimal digits. */
const NO_DIGIT = 0xff;

/** True for bytes that MySQL's lexer treats as space between tokens. */
export function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/**
 * Value of a hexadecimal digit by byte; `NO_DIGIT` for all others. A table is fast enough for values of many megabytes.
 */
export const HEX_VALUES: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, value) => {
  const digit = Number.parseInt(String.fromCharCode(value), 16);
  return Number.isNaN(digit) ? NO_DIGIT : digit;
});

/** True for bytes of an unquoted name or keyword: letters, digits, `_`, `$` and all non-ASCII bytes. */
export function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    isDigit(byte) ||
    byte === UNDERSCORE ||
    byte === 0x24 ||
    byte >= 0x80
  );
}
