import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { corpus } from "../../integration/loader/corpus/corpus.ts";
import { indexOf } from "./support/index-of.ts";

const page = readFileSync(join(projectRoot, "docs/dumps.md"), "utf8");
const cases = Object.values(corpus).flat();

/** The rows of the page's table, without its head. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, kind = "", what = "", result = "", dump = ""]) => ({ kind, what, result, dump }));

const namesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

describe("docs/dumps.md", () => {
  it.each(rows)("$kind: $what: $result", ({ result, dump }) => {
    const found = cases.find(({ name }) => name === dump);

    expect(found).toBeDefined();
    const [code] = namesIn(result);
    if (result.startsWith("refused")) expect(found?.refusedAs).toBe(code);
    else {
      expect(found?.refusedAs).toBeUndefined();
      expect(Object.keys(indexOf(found?.dump ?? "").skipped)).toEqual(expect.arrayContaining(namesIn(result)));
    }
  });

  it("names every error and every counted kind of the corpus", () => {
    const named = new Set(rows.flatMap(({ result }) => namesIn(result)));
    const errors = cases.flatMap(({ refusedAs }) => refusedAs ?? []);
    const counted = cases.flatMap((one) => (one.refusedAs === undefined ? Object.keys(indexOf(one.dump).skipped) : []));

    expect([...new Set([...errors, ...counted])].filter((name) => !named.has(name))).toEqual([]);
  });
});
