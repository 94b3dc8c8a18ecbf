import { countBlanks } from "../../../shared/loader/index/count-blanks.ts";
import type { ColumnBlanks } from "../../../shared/loader/index/dump-index.ts";
import { textForm } from "../../../shared/loader/lexer/text-form.ts";
import { valueForms } from "../../../shared/loader/lexer/value-forms.ts";
import { indexOf } from "./support/index-of.ts";

function formOf(text: string): string | undefined {
  const bytes = Buffer.from(`(${text})`);
  const form = textForm(bytes, 1, bytes.length - 1);
  return Object.entries(valueForms).find(([, value]) => value === form)?.[0];
}

describe("the form of a text", () => {
  it.each(["2026-02-07", "Nakamura", "NULLS", "null 1", " x", "林", "ノザキ", "さ", "이", "Иванова", "\\\\a"])(
    "is not blank for %p",
    (text) => expect(formOf(text)).toBe("text"),
  );

  it.each(["", "--", "NULL"])("is blank for %p", (text) => expect(formOf(text)).toBe("blankText"));

  it.each(["null", "Null", " ", "　", "\t", "---", " -- ", "NUL", "ＮＵＬＬ", "Ñu", "ー", "\\n", "\\a\\b", "゙", "😀"])(
    "is unknown for %p",
    (text) => expect(formOf(text)).toBe("unsureText"),
  );

  it("needs only the beginning of a long text", () => {
    expect(formOf(`${" ".repeat(63)}x`)).toBe("text");
    expect(formOf(`${" ".repeat(64)}x`)).toBe("unsureText");
  });
});

describe("blanks that the index pass counts", () => {
  const TABLE = "CREATE TABLE `t` (`A` int, `b` varchar(20), `c` int GENERATED ALWAYS AS (`A` + 1));\n";
  function blanksOf(rows: string): ReadonlyMap<string, ColumnBlanks> {
    const [table] = indexOf(TABLE + rows).tables;
    return table === undefined ? new Map() : countBlanks(table.definition, table.shapes);
  }

  it("are NULLs, blank texts, and each text that the server must compare", () => {
    const blanks = blanksOf(
      "INSERT INTO t (A, b) VALUES (1,''),(NULL,NULL),(2,'--'),(3,' it''s\\t'),(4,'  '),(5,'  ');\n",
    );

    expect(blanks.get("a")).toEqual({ nulls: 1, blankTexts: 0, unsureTexts: [] });
    expect(blanks.get("b")).toEqual({
      ...{ nulls: 1, blankTexts: 2 },
      unsureTexts: [{ bytes: Buffer.from("  "), count: 2 }],
    });
  });

  it("contain the text without the dump's escapes", () => {
    const [text] =
      blanksOf("INSERT INTO t (A, b) VALUES (1,' ''\\'\\n\\%\\\\\\-'),(2,'x');\n").get("b")?.unsureTexts ?? [];

    expect(text?.bytes.toString()).toBe(" ''\n\\%\\-");
  });

  it("are unknown for columns that the server fills, for other character sets, and for very many texts", () => {
    expect([...blanksOf("INSERT INTO t (b) VALUES ('x');\n").keys()]).toEqual(["b"]);
    expect(blanksOf("SET NAMES latin1;\nINSERT INTO t (A, b) VALUES (1,'x');\n").get("b")?.unsureTexts).toBeUndefined();
    expect(blanksOf("INSERT INTO t (A, b) VALUES (1,0x20);\n").get("b")?.unsureTexts).toBeUndefined();
    const many = Array.from({ length: 200 }, (_, n) => `(${n},'${" ".repeat(n % 50)}${"-".repeat(n / 50)}')`);
    expect(blanksOf(`INSERT INTO t (A, b) VALUES ${many.join(",")};\n`).get("b")?.unsureTexts).toBeUndefined();
  });

  it("are zero in a table without rows", () => {
    expect(blanksOf("").get("b")).toEqual({ nulls: 0, blankTexts: 0, unsureTexts: [] });
  });
});
