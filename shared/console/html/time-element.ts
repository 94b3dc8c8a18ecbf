import { timeText } from "../../time/time-text.ts";
import { html, type Html } from "./html.ts";

/** A time in the source's time zone, `2026-02-07 07:04`; the attribute has the full time in UTC. */
export function timeElement(iso: string): Html {
  return html`<time datetime="${iso}">${timeText(iso, "minute")}</time>`;
}
