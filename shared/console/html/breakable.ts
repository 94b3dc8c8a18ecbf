import { Html, html } from "./html.ts";

/** A long name that may break after its separators, before it breaks anywhere. */
export function breakable(name: string): Html {
  const parts = name.split(/(?<=[_.])/);
  return html`${parts.map((part, index) => html`${index > 0 && new Html("<wbr>")}${part}`)}`;
}
