import fc from "fast-check";
import { CHUNK_BYTES, RowEncoder, type RowPacket } from "../../../shared/copy/row-encoder.ts";

type Value = Buffer | null;

/** A row as a server sends it in the text protocol, within a longer buffer. */
function packetOf(values: readonly Value[]): RowPacket {
  const parts = values.flatMap((value) => {
    if (value === null) return [Buffer.of(0xfb)];
    const { length } = value;
    const head = Buffer.alloc(length < 0xfb ? 1 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 9);
    if (head.length > 1) head[0] = head.length === 3 ? 0xfc : head.length === 4 ? 0xfd : 0xfe;
    head.writeUIntLE(length, head.length > 1 ? 1 : 0, Math.min(6, Math.max(1, head.length - 1)));
    return [head, value];
  });
  const body = Buffer.concat(parts);
  return { buffer: Buffer.concat([Buffer.from("head"), body, Buffer.from("next")]), offset: 4, end: 4 + body.length };
}

function encode(rows: readonly (readonly Value[])[]): { text: Buffer; chunks: number[]; rows: number } {
  const chunks: Buffer[] = [];
  const encoder = new RowEncoder((chunk) => {
    chunks.push(Buffer.from(chunk));
    return Buffer.alloc(CHUNK_BYTES);
  });
  for (const row of rows) encoder.next(packetOf(row));
  encoder.end();
  return { text: Buffer.concat(chunks), chunks: chunks.map(({ length }) => length), rows: encoder.rows };
}

/** Reads lines as LOAD DATA does. */
function decode(text: Buffer): Value[][] {
  const lines = text.toString("latin1").split("\n").slice(0, -1);
  return lines.map((line) =>
    line.split("\t").map((field) => {
      if (field === "\\N") return null;
      const plain = field.replace(/\\([^])/g, (_, c: string) => ({ t: "\t", n: "\n" })[c] ?? c);
      return Buffer.from(plain, "latin1");
    }),
  );
}

describe("RowEncoder", () => {
  it("writes any rows so that LOAD DATA reads the same values", () => {
    const special = fc.constantFrom(
      ...["\t", "\n", "\\", "\\N", "", "\0", "N", "NULL"].map((text) => Buffer.from(text)),
    );
    const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
    const rows = fc.array(fc.array(fc.oneof(special, bytes, fc.constant(null)), { minLength: 1, maxLength: 6 }));

    fc.assert(
      fc.property(rows, (values) => {
        const encoded = encode(values);

        expect(decode(encoded.text)).toEqual(values);
        expect(encoded.rows).toBe(values.length);
      }),
    );
  });

  it("splits values that are longer than a chunk, also when every byte is escaped", () => {
    const long = Buffer.alloc(3 * CHUNK_BYTES, "\\");
    const wide = Buffer.alloc(0x1000000, "x");

    const { text, chunks } = encode([[Buffer.from("a"), long, wide, null]]);

    expect(decode(text)[0]?.map((value) => value?.length)).toEqual([1, long.length, wide.length, undefined]);
    expect(Math.max(...chunks)).toBeLessThanOrEqual(CHUNK_BYTES);
  });
});
