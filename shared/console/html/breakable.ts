import { Html, html } from "./html.ts";

/** A long name with preferred line breaks after its separators. */
export function breakable(name: string): Html {
  const parts = name.split(/(?<=[_.])/);
  return html`${parts.map((part, index) => html`${index > 0 && new Html("<wbr>")}${part}`)}`;
}
