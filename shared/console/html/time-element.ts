import { tokyoText } from "../../time/tokyo-text.ts";
import { html, type Html } from "./html.ts";

/** An instant in Tokyo's wall time, `2026-02-07 07:04`; the whole instant in UTC is in the attribute. */
export function timeElement(iso: string): Html {
  return html`<time datetime="${iso}">${tokyoText(iso, "minute")}</time>`;
}
