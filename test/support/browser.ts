import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type BrowserContext } from "playwright-core";
import { batonHome } from "../../shared/config/checkout.ts";

/** Without these, Chromium makes network requests at every start; root needs the last one. */
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

/** Opens the browser with a new profile in a window of the given size in pixels. A narrow window emulates a phone. */
export async function openBrowser(width: number): Promise<TestBrowser> {
  const profile = await mkdtemp(join(batonHome, "browser-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: join(batonHome, "browser/chromium"),
    args: QUIET,
    headless: true,
    viewport: { width, height: 900 },
    // phones have touch, no hover, and honor the viewport meta tag
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
