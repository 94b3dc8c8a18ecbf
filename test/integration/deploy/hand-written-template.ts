import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { YAMLSeq } from "yaml";
import { parse, type Tags } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";

const templateSchema = z.looseObject({
  Parameters: z.record(z.string(), z.looseObject({ Type: z.string() })),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Condition: z.string().optional(), Properties: z.looseObject({}) }),
  ),
});

/** A CloudFormation template, with short forms (`!Ref`) expanded (`{ Ref }`). */
export type HandWrittenTemplate = z.infer<typeof templateSchema>;

const LISTS = ["Equals", "If", "Join", "Not", "Or", "And"];

const shortForms: Tags = [
  { tag: "!Ref", resolve: (text: string) => ({ Ref: text }) },
  { tag: "!Sub", resolve: (text: string) => ({ "Fn::Sub": text }) },
  { tag: "!GetAtt", resolve: (text: string) => ({ "Fn::GetAtt": text.split(".") }) },
  ...LISTS.map((name) => ({
    tag: `!${name}`,
    collection: "seq" as const,
    resolve: (list: unknown) => ({ [`Fn::${name}`]: (list as YAMLSeq).toJSON() }), // the tag is defined for lists
  })),
];

/** One of the templates in `deploy/`. */
export async function handWrittenTemplate(name: string): Promise<HandWrittenTemplate> {
  const text = await readFile(join(projectRoot, "deploy", name), "utf8");
  return templateSchema.parse(parse(text, { customTags: shortForms }));
}
