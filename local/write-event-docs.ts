import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { detailTypes, jsonSchemaOf, renderCatalogue } from "../events/catalogue.ts";

/** The generated documents of the event contract: path below the project and content. */
export function eventDocs(): Map<string, string> {
  const docs = new Map<string, string>();
  for (const detailType of detailTypes) {
    docs.set(`docs/events/${detailType}.json`, `${JSON.stringify(jsonSchemaOf(detailType), null, 2)}\n`);
  }
  docs.set("docs/events.md", `${renderCatalogue().trimEnd()}\n`);
  return docs;
}

/** Writes the generated documents below the project's root. */
export async function writeEventDocs(root: string): Promise<void> {
  await mkdir(join(root, "docs/events"), { recursive: true });
  for (const [path, content] of eventDocs()) await writeFile(join(root, path), content);
}

if (import.meta.main) void writeEventDocs(join(import.meta.dirname, ".."));
