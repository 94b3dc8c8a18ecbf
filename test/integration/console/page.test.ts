import { copyFile, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { visibleText } from "../../../shared/text/visible-text.ts";
import { openBrowser, type TestBrowser } from "../../support/browser.ts";
import { ConsolePages, PAGE_NOW } from "../../support/console-pages.ts";

const AXE = join(projectRoot, "node_modules/axe-core/axe.min.js");

/** Closes elements and scripts, opens attributes, runs if it is not escaped, and reverses the text after it. */
const HOSTILE = `</script><script>hacked=1</script><img src=x onerror='hacked=2'>\u2028\u202etxt"'&lt;`;

/** States of the newest run, with the headline that says whether today's data is good. */
const HEADLINES = {
  good: "✓ Good: the data of 2026-02-07 (Sat) is live.",
  running: "▶ Late, but running: silver works on the data of 2026-02-07 (Sat).",
  retrying: "▶ Late, but running: silver waits for attempt 3 with the data of 2026-02-07 (Sat), due at 07:05.",
  failed: "✕ Not good: the run of 2026-02-07 (Sat) failed in silver.",
  blocked: "✕ Not good: the run of 2026-02-07 (Sat) failed in silver.",
  empty: "✕ Not good: there is no data of 2026-02-07 (Sat), which was due at 08:00.",
  hostile: "✕ Not good: the run of 2026-02-07 (Sat) failed in silver.",
};
const CASES = Object.entries(HEADLINES).map(([name, headline]) => ({ name, headline }));

/** Code for the page. */
const OPEN_ALL = 'document.querySelectorAll("details").forEach((details) => { details.open = true; })';

/** Folder for pages and screenshots, if wanted. */
const SCREENSHOTS = process.env["BATON_SCREENSHOTS"];

describe("the console page", () => {
  let pages: ConsolePages;

  beforeAll(async () => {
    pages = await ConsolePages.create();
    await pages.write("good", { runs: 400, newest: "completed" });
    for (const newest of ["running", "retrying", "failed", "blocked"] as const) {
      await pages.write(newest, { runs: 32, newest });
    }
    await pages.write("hostile", { runs: 3, newest: "blocked", outsideText: HOSTILE });
    await pages.write("empty", undefined);
  }, 180_000);
  afterAll(() => pages.dispose());

  it("is one file below 1.5 MB for 400 runs", async () => {
    expect((await stat(pages.fileOf("good"))).size).toBeLessThan(1_500_000);
    const text = await readFile(pages.fileOf("good"), "utf8");
    expect(text).toContain("All 400 runs");
    expect(text).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/);
  });

  describe.each([390, 1440])("at %i px", (width) => {
    let browser: TestBrowser;

    beforeAll(async () => {
      browser = await openBrowser(width);
    }, 60_000);
    afterAll(() => browser.close());

    it.each(CASES)(
      "is accessible in light and dark mode, loads no resource and fits the width: $name",
      async ({ name, headline }) => {
        const { page, complaints, requests } = await open(browser, pages.fileOf(name));

        const charts = page.locator("[data-chart]:not([hidden])");
        expect(await page.locator("h1").innerText()).toBe(headline);
        expect(await page.locator("[data-chart] svg").count()).toBe(await charts.count());
        if (SCREENSHOTS !== undefined) await keep(page, pages.fileOf(name), `${name}-${width}`);
        await page.evaluate(OPEN_ALL);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await violations(page)).toEqual([]);
        }
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        expect(await page.evaluate(SIDEWAYS)).toEqual([]);
        expect(requests).toEqual([pathToFileURL(pages.fileOf(name)).href]);
        expect(complaints).toEqual([]);
        await page.close();
      },
      60_000,
    );
  });

  describe("on a desktop", () => {
    let browser: TestBrowser;

    beforeAll(async () => {
      browser = await openBrowser(1440);
    }, 60_000);
    afterAll(() => browser.close());

    it("shows external text as plain text everywhere and executes none of it", async () => {
      const { page, complaints } = await open(browser, pages.fileOf("hostile"));
      await page.evaluate(OPEN_ALL);
      const text = visibleText(HOSTILE);

      const holders = {
        "the error at the top": ".today dd",
        "the error of an attempt": "#run figure td",
        "the name of the dump": "#run code",
        "the name of a test": "#quality tbody th",
        "what a test found": "#quality .found",
        "the name of a table": "#rows tbody th",
        "the last error of its kind": "#failures td",
      };
      const without: string[] = [];
      for (const [what, selector] of Object.entries(holders)) {
        const shown = await page.locator(selector).allTextContents();
        if (!shown.some((one) => one.includes(text))) without.push(what);
      }

      expect(without).toEqual([]);
      expect(text).toContain(String.raw`\u2028\u202etxt`);
      expect(await page.evaluate("typeof hacked")).toBe("undefined");
      expect(await page.locator("img, script:not([type])").count()).toBe(1);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("reaches every control by keyboard and shows the focus", async () => {
      const { page } = await open(browser, pages.fileOf("blocked"));
      const wanted = await page.evaluate<string[]>(CONTROLS);

      const reached: string[] = [];
      const unseen: string[] = [];
      for (let step = 0; step < wanted.length; step += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate<{ name: string; outline: number }>(FOCUSED);
        reached.push(at.name);
        if (at.outline < 2) unseen.push(at.name);
      }

      expect(wanted.length).toBeGreaterThan(20);
      expect(reached).toEqual(wanted);
      expect(unseen).toEqual([]);
      await page.locator("#run summary").focus();
      await page.keyboard.press("Enter");
      expect(await page.locator("#run figure table").isVisible()).toBe(true);
      await page.close();
    });

    it("shows on a failed morning what happened, what is safe and what to do, each once", async () => {
      const { page } = await open(browser, pages.fileOf("failed"));

      const parts = await page.locator(".parts dt").allTextContents();
      const text = await page.locator("body").innerText();
      const [happened = ""] = await page.locator(".parts dd").allTextContents();

      expect(parts).toEqual(["What happened", "What is safe", "What to do"]);
      expect(text.split(happened)).toHaveLength(2);
      expect(await page.locator("[data-chart='timeline'] svg").innerHTML()).toContain("wait 1 min 0 s");
      await page.close();
    });

    it("describes each chart and has its numbers in a table", async () => {
      const { page } = await open(browser, pages.fileOf("blocked"));

      const names = await page.evaluate<string[]>(
        "[...document.querySelectorAll('[data-chart]')].map((c) => c.dataset.chart)",
      );
      for (const name of names) {
        const figure = page.locator(`figure:has([data-chart='${name}'])`);
        const words = await page.locator(`[data-chart='${name}']`).getAttribute("aria-label");
        expect(words).toMatch(/\w+ \w+ \w+/);
        expect(await figure.locator("figcaption").innerText()).toBe(words);
        expect(await figure.locator("tbody tr").count()).toBeGreaterThan(0);
      }

      expect(names).toEqual(["timeline", "quality", "durations", "freshness", "failures"]);
      await page.close();
    });

    it("is complete without its script, except for the charts", async () => {
      const page = await browser.context.newPage();
      const body = await readFile(pages.fileOf("blocked"), "utf8");
      await page.route("http://page.test/", (route) =>
        route.fulfill({ body, contentType: "text/html", headers: { "content-security-policy": "script-src 'none'" } }),
      );

      await page.goto("http://page.test/");

      expect(await page.locator("[data-chart] svg").count()).toBe(0);
      expect(await page.locator("h1").innerText()).toContain("Not good");
      expect(await page.locator("#run figure tbody tr").count()).toBe(2);
      expect(await page.locator("#stale").isVisible()).toBe(false);
      await page.close();
    });

    it("shows a note when newer data has been due since", async () => {
      const dayLater = new Date(PAGE_NOW.getTime() + 86_400_000);

      const { page } = await open(browser, pages.fileOf("good"), dayLater);

      expect(await page.locator("#stale").innerText()).toContain("./baton --stage prod doctor");
      await page.close();
    });
  });
});

interface OpenPage {
  page: Page;
  /** Errors, warnings and policy violations in the browser. */
  complaints: string[];
  /** All requests, including the page itself. */
  requests: string[];
}

async function open({ context }: TestBrowser, file: string, openedAt = PAGE_NOW): Promise<OpenPage> {
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

/** Regions that scroll sideways. */
const SIDEWAYS = `[...document.querySelectorAll(".scroll")]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map((region) => region.getAttribute("aria-label"))`;

/** Names of all visible controls, in the order of the page. */
const CONTROLS = `[...document.querySelectorAll("a[href], button:not([hidden]), summary, [tabindex='0']")]
  .filter((control) => control.checkVisibility())
  .map((control) => control.getAttribute("aria-label") ?? control.textContent.trim())`;

const FOCUSED = `(() => {
  const { activeElement: element } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return {
    name: element.getAttribute("aria-label") ?? element.textContent.trim(),
    outline: outlineStyle === "none" ? 0 : parseFloat(outlineWidth),
  };
})()`;

/** Saves a page, with screenshots in light and dark mode. */
async function keep(page: Page, file: string, name: string): Promise<void> {
  const folder = SCREENSHOTS ?? "";
  await copyFile(file, join(folder, basename(file)));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
}

/** Violations that axe-core finds: rule and element. */
async function violations(page: Page): Promise<string[]> {
  // the page's policy blocks other scripts, but not those of the developer tools
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(await readFile(AXE, "utf8"));
  const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>("axe.run().then((r) => r.violations)");
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
