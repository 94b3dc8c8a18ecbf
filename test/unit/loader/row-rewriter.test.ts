import fc from "fast-check";
import { ByteWriter } from "../../../shared/loader/lexer/byte-writer.ts";
import { checkedRows, RowRewriter } from "../../../shared/loader/load/row-rewriter.ts";
import { chunkSizes, literal, space, style, value, type Value } from "./support/dump-arbitrary.ts";
import { mariadb, mysql } from "./support/index-of.ts";
import { readFields, type Field } from "./support/read-fields.ts";

const ROW_END = "),(";
const fail = (code: string, offset: number, found: string): never => {
  throw new Error(`${code} at ${offset}: ${found}`);
};

function rewrite(
  rows: string,
  sizes: readonly number[] = [1 << 20],
  actions = ["text", "text", "text"] as const,
): Buffer {
  const out = new ByteWriter();
  const rewriter = new RowRewriter(mariadb, fail, out, { form: "fields", actions, rowEnd: ROW_END });
  rewriter.begin(checkedRows(actions.length));
  const bytes = Buffer.from(rows, "latin1");
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    rewriter.scan(bytes.subarray(at, at + size), 0, at);
    at += size;
  }
  return Buffer.concat(out.takeAll());
}

function asField(value: Value): Field {
  if (value.is === "null") return value;
  return value.is === "number" ? { is: "bare", text: value.text } : { is: "bytes", bytes: value.bytes };
}

describe("the row rewriter", () => {
  it("gives LOAD DATA the exact values, in any notation of the dump", () => {
    const row = fc.tuple(fc.tuple(value, style), fc.tuple(value, style), fc.tuple(value, style));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.array(space, { minLength: 6, maxLength: 6 }),
        chunkSizes,
        (rows, [a = "", b = "", c = "", d = "", e = "", f = ""], sizes) => {
          const text = rows
            .map((values) => `${a}(${b}${values.map(([v, how]) => literal(v, how)).join(`${c},${d}`)}${e})`)
            .join(`${f},`);

          const fields = readFields(rewrite(`${text};`, sizes), ROW_END);

          expect(fields).toEqual(rows.map((values) => values.map(([v]) => asField(v))));
        },
      ),
    );
  });

  it("does not change plain rows", () => {
    expect(rewrite("(1,'it\\'s \\\\ \\0',NULL),(-1.5,'','ab');").toString()).toBe(
      "1,'it\\'s \\\\ \\0',NULL),(-1.5,'','ab'),(",
    );
  });

  it("interprets escapes like SQL, where LOAD DATA differs", () => {
    const [row] = readFields(rewrite("('\\%','\\_','\\N');"), ROW_END);

    expect(row).toEqual(["\\%", "\\_", "N"].map((text) => ({ is: "bytes", bytes: Buffer.from(text) })));
  });

  it.each([
    ["0x0102", "number", "258"],
    ["x'ff'", "number", "255"],
    ["b'101'", "number", "5"],
    ["TRUE", "number", "1"],
    ["false", "number", "0"],
    ["0", "year", "0000"],
    ["2026", "year", "2026"],
  ] as const)("writes %s for a column of kind %s as %s", (literal, action, text) => {
    const out = new ByteWriter();
    const rewriter = new RowRewriter(mysql, fail, out, { form: "fields", actions: [action], rowEnd: ROW_END });
    rewriter.begin(checkedRows(1));

    rewriter.scan(Buffer.from(`(${literal});`), 0, 0);

    expect(Buffer.concat(out.takeAll()).toString()).toBe(text + ROW_END);
  });

  it.each([
    ["5", "05"],
    ["b'1010101010'", "02aa"],
    ["0x00ff", "00ff"],
    ["18446744073709551615", "ffffffffffffffff"],
  ])("writes %s for a BIT column as bytes", (literal, hex) => {
    const out = new ByteWriter();
    const rewriter = new RowRewriter(mariadb, fail, out, { form: "fields", actions: ["bit"], rowEnd: ROW_END });
    rewriter.begin(checkedRows(1));

    rewriter.scan(Buffer.from(`(${literal});`), 0, 0);

    expect(readFields(Buffer.concat(out.takeAll()), ROW_END)).toEqual([
      [{ is: "bytes", bytes: Buffer.from(hex, "hex") }],
    ]);
  });

  it("writes literals of several megabytes while it reads them", () => {
    const bytes = Buffer.alloc(1_000_000, Buffer.from(Array.from({ length: 256 }, (_, value) => value)));
    const hex = bytes.toString("hex");

    const [row] = readFields(rewrite(`(0x${hex},x'${hex.toUpperCase()}',1);`, [1000, 1, 9999]), ROW_END);

    expect(row?.[0]).toEqual({ is: "bytes", bytes });
    expect(row?.[1]).toEqual({ is: "bytes", bytes });
  });
});
