import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";
import { detailTypes, jsonSchemaOf, renderCatalogue } from "../events/catalogue.ts";

/** The generated documents of the event contract: path below the project and content. */
export async function eventDocs(): Promise<Map<string, string>> {
  const docs = new Map<string, string>();
  for (const detailType of detailTypes) {
    const json = JSON.stringify(jsonSchemaOf(detailType));
    docs.set(`docs/events/${detailType}.json`, await format(json, { parser: "json", printWidth: 120 }));
  }
  docs.set("docs/events.md", await format(renderCatalogue(), { parser: "markdown", printWidth: 120 }));
  return docs;
}

/** Writes the generated documents below the project's root. */
export async function writeEventDocs(root: string): Promise<void> {
  await mkdir(join(root, "docs/events"), { recursive: true });
  for (const [path, content] of await eventDocs()) await writeFile(join(root, path), content);
}

if (import.meta.main) await writeEventDocs(join(import.meta.dirname, ".."));
