import { z } from "zod";
import { detailSchemas, eventMeanings, SCHEMA_VERSION, type DetailType } from "./schemas.ts";

interface JsonSchema {
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
}

/** All detail-types, in the order of a run. */
export const detailTypes = Object.keys(detailSchemas) as DetailType[]; // Object.keys loses the key type

/** JSON Schema (draft 2020-12) of the detail of one event. */
export function jsonSchemaOf(detailType: DetailType): object {
  return {
    title: detailType,
    description: eventMeanings[detailType],
    ...z.toJSONSchema(detailSchemas[detailType], { io: "input" }),
  };
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.type === "array") return `array of ${schema.items?.type ?? "any"}`;
  return [schema.type ?? "any", schema.format].filter(Boolean).join(" ");
}

function rowsOf(schema: JsonSchema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const full = path === "" ? name : `${path}.${name}`;
    const required = schema.required?.includes(name) ? "yes" : "no";
    const row = `| \`${full}\` | ${typeOf(property)} | ${required} | ${property.description ?? ""} |`;
    return [row, ...rowsOf(property, full)];
  });
}

/** The event catalogue as Markdown, generated from the schemas. */
export function renderCatalogue(): string {
  const sections = detailTypes.map((detailType) => {
    const rows = rowsOf(jsonSchemaOf(detailType), "");
    return [
      `## ${detailType}`,
      "",
      eventMeanings[detailType],
      "",
      `JSON Schema: [${detailType}.json](events/${detailType}.json)`,
      "",
      "| field of `detail` | type | required | meaning |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
    ].join("\n");
  });
  return [
    "# Event catalogue",
    "",
    "<!-- Generated from events/schemas.ts by `npm run events`. Do not edit. -->",
    "",
    `Bus \`baton-<stage>\`, source \`baton\`, schema version ${SCHEMA_VERSION}. Listeners ignore unknown fields.`,
    "Within a schema version a field is never removed, renamed, retyped or made required.",
    "",
    ...sections,
  ].join("\n");
}
