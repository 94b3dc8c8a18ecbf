import { z } from "zod";

const statementSchema = z.looseObject({
  Sid: z.string(),
  Effect: z.enum(["Allow", "Deny"]).default("Allow"),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.union([z.string(), z.array(z.string())]).default([]),
  NotResource: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.unknown().optional(),
});
export type Statement = z.infer<typeof statementSchema>;

/** Values of a template's parameters and pseudo parameters. */
export type Names = Readonly<Record<string, string>>;

/**
 * Returns a template's policy as deployed, with names resolved and the template's conditions evaluated.
 *
 * @param holds the template's conditions that are true
 * @throws Error for a name without a value
 */
export function deployedStatements(document: unknown, names: Names, holds: readonly string[]): Statement[] {
  const resolved = resolve(document, names, holds);
  return z.object({ Statement: z.array(statementSchema) }).parse(resolved).Statement;
}

function resolve(value: unknown, names: Names, holds: readonly string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => resolve(item, names, holds)).filter((item) => item !== undefined);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  const [name, inner] = entries[0] ?? ["", undefined];
  if (name === "Ref" && inner === "AWS::NoValue") return undefined;
  if (name === "Ref") return nameOf(String(inner), names);
  if (name === "Fn::Sub") return String(inner).replace(/\$\{([\w:.]+)\}/g, (_, key: string) => nameOf(key, names));
  if (name === "Fn::GetAtt" && Array.isArray(inner)) return nameOf(inner.join("."), names);
  if (name === "Fn::If") {
    const [condition, yes, no] = z.tuple([z.string(), z.unknown(), z.unknown()]).parse(inner);
    return resolve(holds.includes(condition) ? yes : no, names, holds);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, names, holds)]));
}

function nameOf(key: string, names: Names): string {
  const name = names[key];
  if (name === undefined) throw new Error(`the template names ${key}, which nobody has given`);
  return name;
}

/** The statements that allow an action on a resource, whatever their conditions. */
export function allowing(statements: readonly Statement[], action: string, resource: string): Statement[] {
  return statements.filter(
    ({ Effect, Action, Resource }) =>
      Effect === "Allow" &&
      [Action].flat().some((pattern) => matches(pattern, action)) &&
      [Resource].flat().some((pattern) => matches(pattern, resource)),
  );
}

/** True when a statement without conditions denies an action on a resource, whoever allows it. */
export function isDenied(statements: readonly Statement[], action: string, resource: string): boolean {
  return statements.some(
    ({ Effect, Action, Resource, NotResource, Condition }) =>
      Effect === "Deny" &&
      Condition === undefined &&
      [Action].flat().some((pattern) => matches(pattern, action)) &&
      (NotResource === undefined
        ? [Resource].flat().some((pattern) => matches(pattern, resource))
        : ![NotResource].flat().some((pattern) => matches(pattern, resource))),
  );
}

function matches(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(text);
}
