import { tokyoWallTime } from "../../time/tokyo-day.ts";
import { commandFor } from "../../text/command-for.ts";
import { html, type Html } from "../html/html.ts";
import type { Report } from "../data/report.ts";
import { signOf } from "../html/state-badge.ts";
import { timeElement } from "../html/time-element.ts";

/** The one line at the top: may people trust today's data, since when, and what to do when not. */
export function verdict({ stage, today, generatedAt }: Report): Html {
  return html`<header class="verdict ${today.state}">
    <div class="inner">
      <p class="eyebrow">Baton, stage ${stage}</p>
      <h1><span class="sign" aria-hidden="true">${signOf(today.state)}</span> ${today.headline}</h1>
      ${today.since !== null && html`<p class="since">Since ${timeElement(today.since)} JST.</p>`}
      ${today.details.map((text) => html`<p class="detail">${text}</p>`)}
      ${
        today.nextCommand !== null &&
        html`<p class="next">
          Next: <code id="next-command">${today.nextCommand}</code>
          <button type="button" data-copy="next-command" hidden>Copy</button>
        </p>`
      }
      <p class="written">Written ${timeElement(generatedAt)} JST. Times are Tokyo's.</p>
      <p class="stale" id="stale" role="status" hidden>
        This page is out of date: newer data was due at 08:00, and no run has ended since it was written.
        <code>${commandFor(stage, "doctor")}</code> finds out why.
      </p>
    </div>
  </header>`;
}

/** The title of the page: what a browser's tab shows. */
export function pageTitle({ stage, today, generatedAt }: Report): string {
  const day = today.businessDate ?? tokyoWallTime(new Date(generatedAt)).slice(0, 10);
  return `${signOf(today.state)} ${day} · Baton ${stage}`;
}
