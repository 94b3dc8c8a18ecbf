import fc from "fast-check";
import { generateSample } from "../../../local/sample/sample.ts";
import { DumpBuffer } from "../../../local/sample/render/dump-buffer.ts";
import { quoteText, renderCell } from "../../../local/sample/render/render-cell.ts";
import { renderTable } from "../../../local/sample/render/render-table.ts";
import { int, id, text, blob } from "../../../local/sample/schema/column.ts";
import { table } from "../../../local/sample/schema/table.ts";
import type { TableContent } from "../../../local/sample/table-content.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";

const options = { sizeBytes: 3_000_000, seed: 7, date: "2026-02-07" };
const style = { format: "compact", database: "basis", completedAt: "2026-02-07 05:44:31", host: "h" } as const;

function dumpText(format: "compact" | "full"): string {
  return Buffer.concat([...dumpChunks(generateSample(options), { format })]).toString("utf8");
}

function rendered(content: TableContent): Buffer {
  const buffer = new DumpBuffer();
  const full = [...renderTable(content, style, buffer)];
  return Buffer.concat([...full, buffer.take()]);
}

/** Reads a literal as a MySQL server would. */
function unquote(literal: string): string {
  const plain: Record<string, string> = { "0": "\0", n: "\n", r: "\r", Z: "\x1a" };
  return literal.slice(1, -1).replace(/\\([\s\S])/g, (_match, character: string) => plain[character] ?? character);
}

describe("a cell", () => {
  it("has the same value after a round trip, for any text", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom("'", '"', "\\", "\n", "\r", "\0", "\x1a", ";", "-", "%"),
            fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
          ),
        }),
        (text) => {
          const literal = quoteText(text);

          expect(unquote(literal)).toBe(text);
          expect(["\n", "\r", "\0", "\x1a"].some((character) => literal.includes(character))).toBe(false);
        },
      ),
    );
  });

  it.each([
    [null, "quoted", "NULL"],
    [42, "bare", "42"],
    ["35.681236", "bare", "35.681236"],
    ["0000-00-00", "quoted", "'0000-00-00'"],
    [`it's "a" \\ b\n`, "text", `'it\\'s \\"a\\" \\\\ b\\n'`],
    [Uint8Array.of(0, 39, 255), "binary", "_binary '\\0\\'\u00ff'"],
  ] as const)("%j is written as %s, like mysqldump", (cell, notation, expected) => {
    expect(renderCell(cell, notation)).toBe(expected);
  });
});

describe("a table", () => {
  const wide = table("wide", [id(), int("n"), text("t")]);

  it("begins a new INSERT before a line grows beyond 1 MB", () => {
    const rows = (): (string | number)[][] =>
      Array.from({ length: 3_000 }, (_, index) => [index + 1, 7, "日".repeat(300)]);

    const inserts = rendered({ table: wide, nextId: 3_001, rows })
      .toString("utf8")
      .split("\n")
      .filter((line) => line.startsWith("INSERT"));

    expect(inserts.length).toBeGreaterThan(2);
    expect(inserts.every((line) => Buffer.byteLength(line) < 1_048_576)).toBe(true);
    expect(inserts.slice(0, -1).every((line) => Buffer.byteLength(line) > 1_000_000)).toBe(true);
    expect(inserts.reduce((sum, line) => sum + (line.match(/\(\d+,7,/g) ?? []).length, 0)).toBe(3_000);
  });

  it("writes bytes unchanged, next to text in UTF-8", () => {
    const bytes = table("bytes", [id(), blob("b"), text("t")]);

    const dump = rendered({ table: bytes, nextId: 2, rows: () => [[1, Uint8Array.of(0xff, 0xfe, 0x27), "日本"]] });

    expect(
      dump.includes(Buffer.concat([Buffer.from("(1,_binary '"), Buffer.of(0xff, 0xfe), Buffer.from("\\'','日本');")])),
    ).toBe(true);
  });

  it("without rows has no INSERT", () => {
    expect(rendered({ table: wide, nextId: undefined, rows: () => [] }).toString()).not.toContain("INSERT");
  });
});

describe("the compact form", () => {
  const dump = dumpText("compact");

  it("begins with CREATE DATABASE without a comment, then USE", () => {
    expect(dump.trimStart()).toMatch(/^CREATE DATABASE \/\*!32312 IF NOT EXISTS\*\/ `basis` .*;\n\nUSE `basis`;\n/);
  });

  it("has no DROP TABLE, LOCK, comment, time zone or trailer", () => {
    expect(dump).not.toMatch(/^(DROP TABLE|LOCK TABLES|UNLOCK|-- MySQL dump|-- Dump completed|\/\*!40103)/m);
  });

  it("has a placeholder and a final form of each view, and programs between DELIMITER lines", () => {
    expect(dump.match(/\/\*!50001 CREATE VIEW `/g)).toHaveLength(3);
    expect(dump.match(/\/\*!50001 VIEW `/g)).toHaveLength(3);
    expect(dump.match(/^DELIMITER ;;$/gm)).toHaveLength(5);
    expect(dump.match(/^DELIMITER ;$/gm)).toHaveLength(5);
    expect(dump.match(/DEFINER=`basis_admin`@`%`/g)?.length).toBeGreaterThan(7);
  });

  it("has one INSERT per line with all columns in order, without a column list", () => {
    const inserts = dump.split("\n").filter((line) => line.startsWith("INSERT INTO"));

    expect(inserts.every((line) => /^INSERT INTO `[^`]+` VALUES \(.*\);$/.test(line))).toBe(true);
  });
});

describe("the full form", () => {
  const dump = dumpText("full");

  it("has header, DROP and LOCK for each table, and the trailer at its end", () => {
    expect(dump).toMatch(/^-- MySQL dump 10\.13/);
    expect(dump).toContain("/*!40103 SET TIME_ZONE='+00:00' */;");
    expect(dump.match(/^LOCK TABLES/gm)).toHaveLength(84);
    expect(dump.match(/^DROP TABLE IF EXISTS/gm)?.length).toBe(87);
    expect(dump).toMatch(/-- Dump completed on 2026-02-07 {2}5:44:31\n$/);
  });

  it("does not name a database", () => {
    expect(dump).not.toMatch(/^(USE|CREATE DATABASE)/m);
  });

  it("has the same rows as the compact form", () => {
    const inserts = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("INSERT"));

    expect(inserts(dump)).toEqual(inserts(dumpText("compact")));
  });
});
