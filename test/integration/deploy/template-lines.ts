import { z } from "zod";

const templateSchema = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
  Outputs: z.record(z.string(), z.looseObject({})).default({}),
});

/** Words for people, the layout of the dashboard, and what is new with every build. */
const WITHOUT_MEANING = new Set([
  "Description",
  "AlarmDescription",
  "DashboardBody",
  "Metadata",
  "S3Key",
  "BATON_CODE",
]);

/** serverless makes a version of a function under an id of its own for every build. */
const OF_A_BUILD = /LambdaVersion/;

/**
 * What a CloudFormation template means, a line a fact, sorted: `<resource> <property>: <value>`. A list is a set, for
 * CloudFormation gives no list of ours an order; a policy's statements are taken apart into single rights. Two templates
 * with the same lines deploy the same.
 */
export function templateLines(template: string): string[] {
  const { Resources, Outputs } = templateSchema.parse(JSON.parse(template));
  const lines = [
    ...Object.entries(Resources)
      .filter(([, { Type }]) => Type !== "AWS::Lambda::Version")
      .flatMap(([id, resource]) => linesOf(id, resource)),
    ...Object.entries(Outputs).flatMap(([id, output]) => linesOf(`output ${id}`, output)),
  ];
  return [...new Set(lines)].filter((line) => !OF_A_BUILD.test(line)).sort();
}

function linesOf(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => itemLines(`${path}[]`, item));
  if (!isObject(value) || isIntrinsic(value)) return [`${path}: ${textOf(value)}`];
  return Object.entries(value)
    .filter(([name]) => !WITHOUT_MEANING.has(name))
    .flatMap(([name, part]) => linesOf(`${path}${path.includes(" ") ? "." : " "}${name}`, part));
}

function itemLines(path: string, item: unknown): string[] {
  if (isObject(item) && typeof item["PolicyName"] === "string") return linesOf(`${path}.${item["PolicyName"]}`, item);
  if (!isObject(item) || !("Effect" in item)) return [`${path}: ${textOf(item)}`];
  const { Effect, Action, Resource, ...more } = item;
  const resources = Resource === undefined ? [""] : [Resource].flat().map((resource) => ` on ${textOf(resource)}`);
  return [Action]
    .flat()
    .flatMap((action) =>
      resources.map((resource) => `${path}: ${textOf(Effect)} ${textOf(action)}${resource} ${textOf(more)}`.trimEnd()),
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIntrinsic(value: Record<string, unknown>): boolean {
  const names = Object.keys(value);
  return names.length === 1 && /^(Ref|Fn::\w+)$/.test(names[0] ?? "");
}

/** The value as short as it can be read: `Bucket.Arn` for Fn::GetAtt. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!isObject(value) || !isIntrinsic(value)) return isEmpty(value) ? "" : JSON.stringify(sorted(value));
  const [[name = "", inner] = []] = Object.entries(value);
  if (name === "Fn::GetAtt" && Array.isArray(inner)) return `<${inner.join(".")}>`;
  return `<${typeof inner === "string" ? inner : JSON.stringify(sorted(inner))}>`;
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** With keys and lists in one order at every depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isPath = value.every((item) => typeof item === "string");
    const items = value.map(sorted);
    return isPath ? items : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !WITHOUT_MEANING.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}

/** What differs, `-` gone and `+` come, by resource and property; empty when nothing does. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  const [known, found] = [new Set(before), new Set(after)];
  const gone = before.filter((line) => !found.has(line)).map((line) => ({ line, text: `- ${line}` }));
  const come = after.filter((line) => !known.has(line)).map((line) => ({ line, text: `+ ${line}` }));
  return [...gone, ...come].sort((a, b) => (a.line < b.line ? -1 : 1)).map(({ text }) => text);
}
