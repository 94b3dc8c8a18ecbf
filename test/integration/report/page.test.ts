import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { projectRoot } from "../../../local/paths.ts";
import { bundlePage } from "../../../shared/report/bundle-page.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { readReport } from "../../../shared/report/read-report.ts";
import { renderPage, type PageAssets } from "../../../shared/report/render-page.ts";
import { openBrowser, type TestBrowser } from "../../support/browser.ts";
import { seedLedger, type SeedOptions } from "../../support/seed-ledger.ts";
import { testServices } from "../../support/services.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const LAYERS = [
  { name: "staging", memoryMb: 2048, storageMb: 4096 },
  { name: "silver", memoryMb: 2048, storageMb: 1024 },
  { name: "gold", memoryMb: 2048, storageMb: 1024 },
];
const LAST_DAY = "2026-02-07";
/** An hour after the run of the last day. */
const NOW = new Date("2026-02-06T23:30:00Z");
const AXE = join(projectRoot, "node_modules/axe-core/axe.min.js");

const VIEWS = [390, 1440].flatMap((width) =>
  (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme })),
);

/** In the page; its own types are not those of this program. */
const ALL_DETAILS = 'document.querySelectorAll("details")';

/** Where screenshots are kept for people to look at; only when asked. */
const SCREENSHOTS = process.env["BATON_SCREENSHOTS"];

describe("the console page", () => {
  let folder: string;
  let assets: PageAssets;
  const warehouses: TestWarehouse[] = [];
  const files = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(testServices().folder, "page-"));
    assets = await bundlePage();
    await write("good", { runs: 400, newest: "completed", lastDay: LAST_DAY });
    await write("failed", { runs: 40, newest: "failed", lastDay: LAST_DAY, message: '<script>alert("message")</script>' });
    await write("running", { runs: 40, newest: "running", lastDay: LAST_DAY });
    await write("empty", undefined);
  }, 180_000); // prettier-ignore
  afterAll(async () => {
    for (const warehouse of warehouses) await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(name: string, seed: SeedOptions | undefined): Promise<void> {
    const warehouse = testWarehouse();
    warehouses.push(warehouse);
    const ledger = await openLedger(warehouse.config, {});
    try {
      if (seed !== undefined) await seedLedger(ledger.pool, seed);
      const options = { stage: "prod", layers: LAYERS, runId: undefined, now: NOW, expectsDailyRun: true };
      const report = await readReport(ledger.pool, options);
      const file = join(folder, `${name}.html`);
      await writeFile(file, renderPage(report, assets, { dbtDocs: "dbt-docs.html" }));
      files.set(name, file);
    } finally {
      await ledger.pool.end();
    }
  }
  const fileOf = (name: string): string => files.get(name) ?? "";

  it("is one file below 1.5 MB for 400 runs", async () => {
    expect((await stat(fileOf("good"))).size).toBeLessThan(1_500_000);
    const text = await readFile(fileOf("good"), "utf8");
    expect(text).toContain("All 400 runs");
    expect(text).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/);
  });

  describe.each(VIEWS)("at $width px, $colorScheme", ({ width, colorScheme }) => {
    let browser: TestBrowser;

    beforeAll(async () => {
      browser = await openBrowser({ width, colorScheme });
    }, 60_000);
    afterAll(() => browser.close());

    it.each(width === 390 && colorScheme === "light" ? ["good", "failed", "running", "empty"] : ["good", "failed"])(
      "is accessible, loads nothing and fits: %s",
      async (name) => {
        const { page, complaints, requests } = await open(browser, fileOf(name));
        const drawn = await page.locator("[data-chart] svg").count();
        await page.evaluate(`${ALL_DETAILS}.forEach((details) => { details.open = true; })`);

        if (SCREENSHOTS !== undefined) await shoot(page, `${SCREENSHOTS}/${name}-${width}-${colorScheme}.png`);

        expect(drawn).toBeGreaterThanOrEqual(name === "empty" ? 0 : 5);
        expect(await violations(page)).toEqual([]);
        expect(complaints).toEqual([]);
        expect(requests).toEqual([pathToFileURL(fileOf(name)).href]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        await page.close();
      },
      60_000,
    );
  });
});

interface OpenPage {
  page: Page;
  /** What the browser complained of: errors, warnings, broken policy. */
  complaints: string[];
  /** Everything that was asked for, the page itself included. */
  requests: string[];
}

async function open({ context }: TestBrowser, file: string, openedAt = NOW): Promise<OpenPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.clock.setFixedTime(openedAt);
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction("document.documentElement.dataset.drawn === 'true'");
  return { page, complaints, requests };
}

async function shoot(page: Page, path: string): Promise<void> {
  await page.evaluate(`${ALL_DETAILS}.forEach((details) => { details.open = false; })`);
  await page.screenshot({ path, fullPage: true });
  await page.evaluate(`${ALL_DETAILS}.forEach((details) => { details.open = true; })`);
}

/** What axe-core finds: rule and the element that breaks it. */
async function violations(page: Page): Promise<string[]> {
  // the page's policy lets no script in but its own; the developer's tools may
  const source = await readFile(AXE, "utf8");
  await page.evaluate(source);
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>("axe.run().then((r) => r.violations)");
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
