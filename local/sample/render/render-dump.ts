import { views } from "../schema/programs.ts";
import type { TableContent } from "../table-content.ts";
import type { DumpStyle } from "./dump-format.ts";
import { renderHead, renderTail } from "./render-frame.ts";
import { renderPrograms, renderTriggers, renderViewPlaceholder } from "./render-programs.ts";
import { renderTable, type DumpPiece } from "./render-table.ts";

/** Chunks are handed on when they have about this many bytes. */
const CHUNK_BYTES = 1 << 20;

function* renderPieces(contents: readonly TableContent[], style: DumpStyle): Generator<DumpPiece> {
  const plain = (text: string): DumpPiece => ({ text, encoding: "utf8" });
  yield plain(renderHead(style));
  // tables and views stand in one order of names
  const parts = [
    ...contents.map((content) => ({ name: content.table.name, content })),
    ...views.map((view) => ({ name: view.name, view })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const part of parts) {
    if ("view" in part) {
      yield plain(renderViewPlaceholder(part.view, style));
      continue;
    }
    yield* renderTable(part.content, style);
    yield plain(renderTriggers(part.name));
  }
  yield plain(renderPrograms(style));
  yield plain(renderTail(style));
}

/**
 * Renders a dump as mysqldump of MySQL 8 would write it.
 *
 * @param contents tables in the order of their names
 * @yields chunks of about 1 MB: memory doesn't grow with the dump
 */
export function* renderDump(contents: readonly TableContent[], style: DumpStyle): Generator<Buffer> {
  let buffers: Buffer[] = [];
  let bytes = 0;
  for (const { text, encoding } of renderPieces(contents, style)) {
    const buffer = Buffer.from(text, encoding);
    buffers.push(buffer);
    bytes += buffer.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(buffers);
    buffers = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(buffers);
}
