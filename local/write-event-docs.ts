import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { detailTypes, jsonSchemaOf, renderCatalogue } from "../events/catalogue.ts";

/** JSON with short objects and lists on one line, so that each field of a schema is one line. */
function toJson(value: unknown, indent = ""): string {
  const line = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, " ");
  if (typeof value !== "object" || value === null || indent.length + line.length <= 110) return line;
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => toJson(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${toJson(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}

/** The generated documents of the event contract: path below the project and content. */
export function eventDocs(): Map<string, string> {
  const docs = new Map<string, string>();
  for (const detailType of detailTypes) {
    docs.set(`docs/events/${detailType}.json`, `${toJson(jsonSchemaOf(detailType))}\n`);
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
