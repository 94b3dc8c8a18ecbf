import { views } from "../schema/programs.ts";
import type { TableContent } from "../table-content.ts";
import { DumpBuffer } from "./dump-buffer.ts";
import type { DumpStyle } from "./dump-format.ts";
import { renderHead, renderTail } from "./render-frame.ts";
import { renderPrograms, renderTriggers, renderViewPlaceholder } from "./render-programs.ts";
import { renderTable } from "./render-table.ts";

/**
 * Renders a dump as mysqldump of MySQL 8 writes it.
 *
 * @param contents tables in the order of their names
 * @yields chunks of about 1 MB, so that memory does not grow with the dump
 */
export function* renderDump(contents: readonly TableContent[], style: DumpStyle): Generator<Buffer> {
  const buffer = new DumpBuffer();
  buffer.add(renderHead(style));
  // tables and views are sorted together by name
  const parts = [
    ...contents.map((content) => ({ name: content.table.name, content })),
    ...views.map((view) => ({ name: view.name, view })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const part of parts) {
    if ("view" in part) {
      buffer.add(renderViewPlaceholder(part.view, style));
      continue;
    }
    yield* renderTable(part.content, style, buffer);
    buffer.add(renderTriggers(part.name));
  }
  buffer.add(renderPrograms(style));
  buffer.add(renderTail(style));
  yield buffer.take();
}
