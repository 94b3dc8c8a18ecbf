import { dayOf } from "../../time/business-day.ts";
import { timeText } from "../../time/time-text.ts";
import { timeZone, zoneLabel } from "../../time/time-zone.ts";
import { commandFor } from "../../text/command-for.ts";
import { html, type Html } from "../html/html.ts";
import type { Report } from "../data/report.ts";
import { signOf } from "../html/state-badge.ts";
import { timeElement } from "../html/time-element.ts";

/**
 * The top of the page: whether people can trust today's data, since when, and if not: what happened, what is safe, what
 * to do.
 */
export function today({ stage, today: state, generatedAt }: Report): Html {
  return html`<header class="today ${state.state}">
    <div class="inner">
      <p class="eyebrow">Baton, environment ${stage}</p>
      <h1><span class="sign" aria-hidden="true">${signOf(state.state)}</span> ${state.headline}</h1>
      ${state.since !== null && html`<p class="since">Since ${timeElement(state.since)} ${zoneLabel()}.</p>`}
      ${
        state.state === "good"
          ? state.happened.map((text) => html`<p>${text}</p>`)
          : html`<dl class="parts">
              ${part("What happened", state.happened)} ${part("What is safe", state.safe)}
              ${part("What to do", [...state.toDo, ...nextCommand(state.nextCommand)])}
            </dl>`
      }
      <p class="written">Written ${timeElement(generatedAt)} ${zoneLabel()}. Time zone of all times: ${timeZone()}.</p>
      <p class="stale" id="stale" role="status" hidden>
        This page is out of date: newer data was due${dueAt(state.validUntil)}, and no run has ended since it was
        written. To find out why: <code>${commandFor(stage, "doctor")}</code>
      </p>
    </div>
  </header>`;
}

function dueAt(validUntil: string | null): string {
  return validUntil === null ? "" : ` at ${timeText(validUntil, "minute").slice(11)}`;
}

function part(title: string, texts: readonly (string | Html)[]): Html {
  if (texts.length === 0) return html``;
  return html`<div><dt>${title}</dt>${texts.map((text) => html`<dd>${text}</dd>`)}</div>`; // prettier-ignore
}

function nextCommand(command: string | null): Html[] {
  if (command === null) return [];
  return [
    html`<span class="next"
      ><code id="next-command">${command}</code>
      <button type="button" data-copy="next-command" hidden>Copy</button></span
    >`,
  ];
}

/** The title of the page in the browser's tab. */
export function pageTitle({ stage, today: state, generatedAt }: Report): string {
  const day = state.businessDate ?? dayOf(new Date(generatedAt));
  return `${signOf(state.state)} ${day} · Baton ${stage}`;
}
