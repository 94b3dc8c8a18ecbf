import fc from "fast-check";

/** A value as a table stores it. */
export type Value = { is: "null" } | { is: "number"; text: string } | { is: "bytes"; bytes: Buffer };

/** Bytes with a meaning for a parser, more often than others. */
const nasty = fc.constantFrom(..."'\"\\`();,-#/*\n\r\0\u001a%_N ".split("").map((c) => c.charCodeAt(0)));
const bytes = fc
  .array(fc.oneof({ weight: 2, arbitrary: nasty }, fc.integer({ min: 0, max: 255 })), { maxLength: 24 })
  .map((list) => Buffer.from(list));

/** Any value. */
export const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant<Value>({ is: "null" }),
  fc
    .constantFrom("0", "-1", "42", "1.50", "-0.001", "1e10", "-2.5E-7", ".5")
    .map((text): Value => ({ is: "number", text })),
  bytes.map((value): Value => ({ is: "bytes", bytes: value })),
  fc
    .constantFrom("", "--", "NULL", "null", " -- ", "\u3000", "\u5bb6", "\u30ab")
    .map((text): Value => ({ is: "bytes", bytes: Buffer.from(text) })),
);

const ESCAPES = new Map([
  [0, "\\0"],
  [10, "\\n"],
  [13, "\\r"],
  [26, "\\Z"],
  [34, '\\"'],
  [39, "\\'"],
  [92, "\\\\"],
]);

/** Ways to write the same bytes. */
export type Style = "mysqldump" | "doubled" | "double-quoted" | "hex" | "x-quoted" | "binary" | "strange-escapes";
export const style: fc.Arbitrary<Style> = fc.constantFrom<Style>(
  "mysqldump",
  "mysqldump",
  "doubled",
  "double-quoted",
  "hex",
  "x-quoted",
  "binary",
  "strange-escapes",
);

function quoted(value: Buffer, escapes: ReadonlyMap<number, string>, quote = "'"): string {
  return quote + [...value].map((byte) => escapes.get(byte) ?? String.fromCharCode(byte)).join("") + quote;
}

/** A value as SQL, one character a byte. */
export function literal(value: Value, how: Style): string {
  if (value.is === "null") return "NULL";
  if (value.is === "number") return value.text;
  const { bytes } = value;
  switch (how) {
    case "mysqldump":
      return quoted(bytes, ESCAPES);
    case "doubled":
      return quoted(
        bytes,
        new Map([
          [39, "''"],
          [92, "\\\\"],
        ]),
      );
    case "double-quoted":
      return quoted(
        bytes,
        new Map([
          [34, '""'],
          [92, "\\\\"],
        ]),
        '"',
      );
    case "hex":
      return bytes.length === 0 ? "''" : `0x${bytes.toString("hex")}`;
    case "x-quoted":
      return `X'${bytes.toString("hex").toUpperCase()}'`;
    case "binary":
      return `_binary ${quoted(bytes, ESCAPES)}`;
    case "strange-escapes":
      // the server drops a backslash before an ordinary letter, but keeps it before % and _, so none is added there
      return quoted(bytes, new Map([...ESCAPES, [78, "\\N"], [120, "\\x"], [9, "\\t"], [8, "\\b"]]));
  }
}

/** Whitespace and comments between tokens. */
export const space: fc.Arbitrary<string> = fc.constantFrom(
  "", "", "", " ", "\n", "\t", "/* c '),( */", "-- it's\n", "# `\n", "/*!99999 hidden' */", "/**/",
); // prettier-ignore

/** Chunk sizes that split a dump at any position. */
export const chunkSizes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 40 }), {
  minLength: 1,
  maxLength: 8,
});
