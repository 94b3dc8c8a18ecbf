import { html, type Html, type HtmlValue } from "./html.ts";

/** A column: its head, and whether it holds numbers. */
export interface Column {
  head: string;
  isNumber?: boolean;
}

/** A table that scrolls by itself where the page is narrow, and by keyboard too. */
export function dataTable(options: {
  /** Says what the table holds; read by screen readers, shown above it. */
  caption: string;
  columns: readonly Column[];
  rows: readonly (readonly HtmlValue[])[];
  /** What to say instead of an empty table. */
  empty: string;
}): Html {
  const { caption, columns, rows, empty } = options;
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const cell = (value: HtmlValue, index: number): Html => {
    const kind = columns[index]?.isNumber === true ? "number" : "";
    // the first column names the row
    return index === 0 ? html`<th scope="row">${value}</th>` : html`<td class="${kind}">${value}</td>`;
  };
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(
            ({ head, isNumber }) => html`<th scope="col" class="${isNumber === true ? "number" : ""}">${head}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
