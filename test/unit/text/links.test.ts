import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../local/paths.ts";

const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "dbt/README.md", "local/sample/README.md", "test/oracle/README.md"]; // prettier-ignore

async function pages(): Promise<string[]> {
  const inDocs = await readdir(join(projectRoot, "docs"), { recursive: true });
  return PAGES.flatMap((page) => (page === "docs" ? inDocs.map((name) => join("docs", name)) : page)).filter((page) =>
    page.endsWith(".md"),
  );
}

/** Targets of a page's links within the project. Links in code are ignored. */
function linksIn(text: string): string[] {
  const prose = text.replaceAll(/```.*?```/gs, "").replaceAll(/`[^`]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => (/^https?:/.test(target) ? [] : target));
}

/** Anchors of a page's headings, as GitHub forms them. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("the pages of the project", () => {
  const read = (page: string): Promise<string> => readFile(join(projectRoot, page), "utf8");

  it("link only to files and headings that exist", async () => {
    const broken: string[] = [];
    for (const page of await pages()) {
      for (const link of linksIn(await read(page))) {
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? page : join(dirname(page), file);
        const exists = existsSync(join(projectRoot, target));
        if (!exists || (anchor !== undefined && !anchorsIn(await read(target)).includes(anchor))) {
          broken.push(`${page}: ${link}`);
        }
      }
    }

    expect(broken).toEqual([]);
  });

  it("list every decision and every page of docs in an index", async () => {
    const indexes = `${await read("docs/README.md")} ${(await read("docs/decisions/README.md")).replaceAll("](", "](decisions/")}`;
    const inDocs = (await pages()).filter((page) => page.startsWith("docs/") && page !== "docs/README.md");

    expect(inDocs.filter((page) => !indexes.includes(`](${page.slice("docs/".length)})`))).toEqual([]);
    expect(inDocs.length).toBeGreaterThan(50);
  });
});
