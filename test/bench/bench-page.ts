import { stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { openBrowser } from "../support/browser.ts";
import { ConsolePages } from "../support/console-pages.ts";
import { median } from "./statistics.ts";

/** How long the console page takes to open, ms from the start of the navigation; medians. */
export interface PageOpening {
  runs: number;
  bytes: number;
  /** Until the browser's load event: everything is read, styled and laid out. */
  loadedMs: number;
  /** Until all charts are drawn and painted as well. */
  wholeMs: number;
  /** `wholeMs` at a phone's width, with a processor four times as slow. */
  phoneWholeMs: number;
}

/** The page of a long history, compared with that of a short one. */
export interface PageBench {
  repetitions: number;
  long: PageOpening;
  short: PageOpening;
}

const SHORT_RUNS = 30;
const PHONE_SLOWDOWN = 4;

/** Script that resolves a promise when the page has drawn all charts and the browser has painted them. */
const TELL_WHEN_WHOLE = `
  window.whole = new Promise((resolve) => {
    const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
    new MutationObserver((_, observer) => {
      if (document.documentElement?.dataset.drawn !== "true") return;
      observer.disconnect();
      painted();
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-drawn"] });
  });`;

/**
 * Opens pages of `runs` and of 30 runs alternately, each time in a new browser. The services of the tests must be
 * running.
 */
export async function benchPage(runs: number, repetitions: number): Promise<PageBench> {
  const pages = await ConsolePages.create();
  try {
    const sizes = { long: runs, short: SHORT_RUNS };
    for (const [name, count] of Object.entries(sizes)) await pages.write(name, { runs: count, newest: "completed" });
    const times = { long: [] as Opening[], short: [] as Opening[] };
    for (let turn = 0; turn < repetitions; turn += 1) {
      for (const name of ["long", "short"] as const) times[name].push(await openOnce(pages.fileOf(name)));
    }
    const of = async (name: "long" | "short"): Promise<PageOpening> => ({
      runs: sizes[name],
      bytes: (await stat(pages.fileOf(name))).size,
      loadedMs: median(times[name].map(({ loadedMs }) => loadedMs)),
      wholeMs: median(times[name].map(({ wholeMs }) => wholeMs)),
      phoneWholeMs: median(times[name].map(({ phoneWholeMs }) => phoneWholeMs)),
    });
    return { repetitions, long: await of("long"), short: await of("short") };
  } finally {
    await pages.dispose();
  }
}

type Opening = Pick<PageOpening, "loadedMs" | "wholeMs" | "phoneWholeMs">;

async function openOnce(file: string): Promise<Opening> {
  const desk = await timed(file, 1440, 1);
  const phone = await timed(file, 390, PHONE_SLOWDOWN);
  return { ...desk, phoneWholeMs: phone.wholeMs };
}

async function timed(file: string, width: number, slowdown: number): Promise<Omit<Opening, "phoneWholeMs">> {
  const browser = await openBrowser(width);
  try {
    const page = await browser.context.newPage();
    await page.addInitScript(TELL_WHEN_WHOLE);
    const devTools = await browser.context.newCDPSession(page);
    await devTools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    await page.goto(pathToFileURL(file).href);
    const wholeMs = await page.evaluate<number>("window.whole");
    const loadedMs = await page.evaluate<number>("performance.getEntriesByType('navigation')[0].loadEventEnd");
    return { loadedMs, wholeMs };
  } finally {
    await browser.close();
  }
}
