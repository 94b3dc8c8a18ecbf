import { existsSync, globSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";

const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "dbt/README.md", "local/sample/README.md", "test/oracle/README.md"]; // prettier-ignore

async function pages(): Promise<string[]> {
  const inDocs = await readdir(join(projectRoot, "docs"), { recursive: true });
  return PAGES.flatMap((page) => (page === "docs" ? inDocs.map((name) => join("docs", name)) : page)).filter((page) =>
    page.endsWith(".md"),
  );
}

/** Folders and files whose sources cite pages. */
const SOURCES = ["cli", "dbt", "deploy", "eslint.config.js", "events", "functions", "local", "serverless", "serverless.yml", "shared", "test"]; // prettier-ignore

async function sources(): Promise<string[]> {
  const found = await Promise.all(
    SOURCES.map(async (place) => {
      if (!statSync(join(projectRoot, place)).isDirectory()) return [place];
      const entries = await readdir(join(projectRoot, place), { recursive: true, withFileTypes: true });
      const files = entries.filter(
        (entry) => entry.isFile() && !/(dbt\/target|dbt\/logs|__pycache__)/.test(entry.parentPath),
      );
      return files.map(({ parentPath, name }) => join(relative(projectRoot, parentPath), name));
    }),
  );
  return found.flat().filter((file) => /(\.(ts|js|py|sql|yml|sh)|\/[a-z-]+)$/.test(file));
}

/** Pages that a source cites: `docs/errors.md`, `docs/runbook.md#failed`, `docs/decisions/runs/002, 021 and 050`. */
function citationsIn(text: string): string[] {
  const pages = [...text.matchAll(/\bdocs\/(?:[a-z-]+\/)*[\w-]+\.md(?:#[a-z0-9-]+)?/g)].map(([page]) => page);
  const cited = text.matchAll(/\b(docs\/decisions\/[a-z/]*)(\d{3}(?:(?:, | and )\d{3})*)\b(?!-)/g);
  const decisions = [...cited].flatMap(([, folder = "", numbers = ""]) =>
    numbers.split(/, | and /).map((number) => `${folder}${number}`),
  );
  return [...pages, ...decisions];
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

  it("are cited in sources by paths and headings that exist", async () => {
    const broken: string[] = [];
    let count = 0;
    for (const file of await sources()) {
      for (const citation of citationsIn(await read(file))) {
        const [page = "", anchor] = citation.split("#");
        count += 1;
        const exists = page.endsWith(".md")
          ? existsSync(join(projectRoot, page))
          : globSync(`${page}-*.md`, { cwd: projectRoot }).length === 1;
        if (!exists || (anchor !== undefined && !anchorsIn(await read(page)).includes(anchor))) {
          broken.push(`${file}: ${citation}`);
        }
      }
    }

    expect(broken).toEqual([]);
    expect(count).toBeGreaterThan(50);
  });

  it("list every decision and every page of docs in an index", async () => {
    const indexes = `${await read("docs/README.md")} ${(await read("docs/decisions/README.md")).replaceAll("](", "](decisions/")}`;
    const inDocs = (await pages()).filter((page) => page.startsWith("docs/") && page !== "docs/README.md");

    expect(inDocs.filter((page) => !indexes.includes(`](${page.slice("docs/".length)})`))).toEqual([]);
    expect(inDocs.length).toBeGreaterThan(50);
  });
});
