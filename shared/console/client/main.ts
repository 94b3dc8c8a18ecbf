import type { ChartData } from "../charts/chart-data.ts";
import { drawDurations } from "./draw-durations.ts";
import { drawFailures } from "./draw-failures.ts";
import { drawFreshness } from "./draw-freshness.ts";
import { drawQuality } from "./draw-quality.ts";
import { drawTimeline } from "./draw-timeline.ts";
import type { Draw } from "./draw.ts";
import { enableKeyboardScrolling } from "./enable-keyboard-scrolling.ts";

const charts: Record<string, Draw> = {
  timeline: drawTimeline,
  durations: drawDurations,
  freshness: drawFreshness,
  quality: drawQuality,
  failures: drawFailures,
};

/** Draws every chart to fit its width, and again when the width changes. */
function drawCharts(data: ChartData): void {
  const widths = new Map<Element, number>();
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const width = Math.floor(contentRect.width);
      const draw = charts[(target as HTMLElement).dataset["chart"] ?? ""]; // only elements of the page are observed
      if (draw === undefined || width === 0 || widths.get(target) === width) continue;
      widths.set(target, width);
      const drawn = draw(data, width);
      drawn?.setAttribute("aria-hidden", "true");
      target.replaceChildren(...(drawn === undefined ? [] : [drawn]));
      target.toggleAttribute("hidden", drawn === undefined);
    }
    // tests wait for this
    document.documentElement.dataset["drawn"] = "true";
  });
  const places = document.querySelectorAll("[data-chart]");
  places.forEach((element) => observer.observe(element));
  if (places.length === 0) document.documentElement.dataset["drawn"] = "true";
}

/** Shows a note when newer data is due. */
function warnWhenStale({ validUntil }: ChartData): void {
  const note = document.getElementById("stale");
  const check = (): void => {
    note?.toggleAttribute("hidden", validUntil === null || Date.now() < validUntil);
  };
  check();
  setInterval(check, 60_000);
}

/** Activates the buttons that copy a command; a page opened from a file may have no access to the clipboard. */
function enableCopyButtons(): void {
  if (!("clipboard" in navigator)) return;
  document.querySelectorAll<HTMLButtonElement>("button[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset["copy"] ?? "")?.textContent ?? "";
      void navigator.clipboard.writeText(text).then(() => {
        button.textContent = "Copied";
      });
    });
  });
}

// renderPage writes the JSON from a value of this type
const data = JSON.parse(document.getElementById("chart-data")?.textContent ?? "null") as ChartData;
warnWhenStale(data);
enableCopyButtons();
enableKeyboardScrolling();
drawCharts(data);
