import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderReplay } from "../shared/dead-letters/render-replay.ts";
import { renderErrors } from "../shared/errors/render-errors.ts";
import { writeEventDocs } from "./write-event-docs.ts";

/** Documents generated from data in the code, except those of the events: path below the project and content. */
export function generatedDocs(): Map<string, string> {
  return new Map([
    ["docs/errors.md", renderErrors()],
    ["docs/replay.md", renderReplay()],
  ]);
}

/** Writes every generated document below the project's root. */
async function writeDocs(root: string): Promise<void> {
  await writeEventDocs(root);
  for (const [path, content] of generatedDocs()) await writeFile(join(root, path), content);
}

if (import.meta.main) void writeDocs(join(import.meta.dirname, ".."));
