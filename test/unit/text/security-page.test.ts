import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";

describe("docs/security.md", () => {
  it("names in every paragraph and list item, from the dump to the supply chain, a test that exists", async () => {
    const page = await readFile(join(projectRoot, "docs/security.md"), "utf8");
    const text = page.slice(page.indexOf("## What a dump may do"), page.indexOf("## What the account's owner must do"));
    const statements = text.split(/\n\n|\n(?=- )/).filter((part) => part.trim() !== "" && !part.startsWith("## "));
    const testsIn = (statement: string): string[] =>
      [...statement.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = ""]) => path);
    const missing = statements.flatMap(testsIn).filter((path) => !existsSync(join(projectRoot, path)));

    expect(statements.length).toBeGreaterThan(20);
    expect(statements.filter((statement) => testsIn(statement).length === 0)).toEqual([]);
    expect(missing).toEqual([]);
  });
});
