import { visibleText } from "../../text/visible-text.ts";

/** Text that is already HTML; everything else is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template; undefined, null and false render nothing. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(render).join("");
  return visibleText(String(value)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A template of HTML: values are escaped, in text and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.map((text, index) => text + render(values[index])).join(""));
}

/** JSON in a `<script type="application/json">`, escaped so that no text in it can end the element. */
export function jsonScript(id: string, value: unknown): Html {
  const visible = (_: string, part: unknown): unknown => (typeof part === "string" ? visibleText(part) : part);
  const text = JSON.stringify(value, visible).replaceAll("<", String.raw`\u003c`);
  return new Html(`<script type="application/json" id="${id}">${text}</script>`);
}
