import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type BrowserContext } from "playwright-core";
import { batonHome } from "../../local/paths.ts";

/** Without these, Chromium talks to the world at every start; root needs the last one. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-sandbox",
];

/** A headless Chromium (`local/bin/setup --with browser`) with one window, closed by `close`. */
export interface TestBrowser {
  context: BrowserContext;
  close(): Promise<void>;
}

/** Opens the browser with a profile of its own, in a window of so many pixels; a narrow one is a phone. */
export async function openBrowser(width: number): Promise<TestBrowser> {
  const profile = await mkdtemp(join(batonHome, "browser-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: join(batonHome, "browser/chromium"),
    args: QUIET,
    headless: true,
    viewport: { width, height: 900 },
    // phones have touch, no hover, and a meta viewport that counts
    ...(width < 600 && { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
