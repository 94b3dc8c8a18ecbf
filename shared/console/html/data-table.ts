import { breakable } from "./breakable.ts";
import { Html, html, type HtmlValue } from "./html.ts";

/** A column: its head, and whether it contains numbers. */
export interface Column {
  head: string;
  isNumber?: boolean;
}

const NUMBER = new Html(' class="number"');

/**
 * A table. On a phone its rows are cards, each cell with the name of its column (page.css). That hides the structure of
 * the table from screen readers, so the elements have roles. A large table scrolls, also by keyboard.
 */
export function dataTable(options: {
  /** Describes the table; shown above it and read by screen readers. */
  caption: string;
  columns: readonly Column[];
  rows: readonly (readonly HtmlValue[])[];
  /** Shown instead of an empty table. */
  empty: string;
}): Html {
  const { caption, columns, rows, empty } = options;
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const cell = (value: HtmlValue, index: number): Html => {
    // the first column is the header of its row
    if (index === 0)
      return html`<th scope="row" role="rowheader">${typeof value === "string" ? breakable(value) : value}</th>`;
    const { head, isNumber } = columns[index] ?? { head: "" };
    return html`<td role="cell" ${isNumber === true && NUMBER} data-head="${head}">${value}</td>`;
  };
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ head, isNumber }) => html`<th scope="col" role="columnheader"${isNumber === true && NUMBER}>${head}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map((row) => html`<tr role="row">${row.map(cell)}</tr>\n`)}</tbody></table></div>`; // prettier-ignore
}
