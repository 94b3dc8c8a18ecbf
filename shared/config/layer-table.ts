import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";
import { PermanentError } from "../errors/errors.ts";

/** The layer that loads the dump. Its schema has this name, because the dbt models read it as their source. */
export const FIRST_LAYER = "staging";

/** Names that a layer cannot have, because other functions, queues, rules or schemas use them. */
const RESERVED = [
  ...[
    "sweep",
    "replay",
    "pulse",
    "notify",
    "refresh",
    "console",
    "docs",
    "migrate",
    "rule",
    "alerts",
    "manifest",
    "schedule",
  ],
  ...["pipeline", "quality", "dev", "review", "mysql", "sys"],
];

/** One row of `custom.layers` in serverless.yml, as written. */
const rowSchema = z.strictObject({
  name: layerNameSchema
    .refine((name) => !RESERVED.includes(name), "is reserved; choose another name")
    .refine((name) => !name.endsWith("-dlq"), "must not end with -dlq, which names dead-letter queues"),
  /** The layer whose completion starts this one. Default: the row before; the first row starts with a requested run. */
  listensTo: layerNameSchema.optional(),
  /** Retries after the first attempt. */
  retries: z.int().min(0).max(20).default(3),
  /** Delay before the first retry. */
  retryIntervalSeconds: z.number().positive().default(60),
  /** Factor from one retry delay to the next. */
  backoff: z.number().min(1).default(1.5),
  /** The layer is overdue after this time, all attempts included. */
  alarmAfterMinutes: z.int().positive().default(15),
  memoryMb: z.int().min(128).max(10_240).default(2_048),
  storageMb: z.int().min(512).max(10_240).default(1_024),
  timeoutSeconds: z.int().min(120).max(900).default(900),
  /** Schemas besides the layer's own that hold tables of its dbt nodes. */
  alsoBuilds: z.array(layerNameSchema).default([]),
  /** Dashboards may read the layer's live tables. Default: the last layer alone. */
  forDashboards: z.boolean().optional(),
  /**
   * Path of a custom handler, without extension: `functions/<name>/handler`. By default, the layer builds dbt models.
   */
  handler: z
    .string()
    .regex(/^functions\/[\w-]+\/handler$/, "expected functions/<name>/handler")
    .optional(),
});

/** One row of the layer table with all defaults. */
export type LayerRow = Omit<z.infer<typeof rowSchema>, "forDashboards" | "handler"> & {
  /** Names of all layers before this one, the first layer first. */
  ancestors: string[];
  /** No other layer listens to this one: its completion completes the run. */
  isLast: boolean;
  forDashboards: boolean;
  handler: string;
};

function invalid(row: string, text: string): PermanentError {
  return new PermanentError("LAYER_TABLE_INVALID", `serverless.yml: custom.layers, ${row}: ${text}`, {
    kind: "input",
  });
}

function titleOf(value: unknown, index: number): string {
  const name = z.object({ name: z.string() }).safeParse(value).data?.name;
  return name === undefined ? `row ${index + 1}` : `row ${index + 1} (${name})`;
}

function messageOf({ path, message, ...issue }: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `unknown field ${issue.keys.join(", ")}; known fields: ${Object.keys(rowSchema.shape).join(", ")}`;
  }
  const text = message.replace(/^Invalid input: /, "");
  return path.length === 0 ? text : `${path.map(String).join(".")} ${text}`;
}

/**
 * Checks the layer table and fills in the defaults.
 *
 * @param table `custom.layers` of serverless.yml
 * @returns the rows in the order of a run, the first layer first
 * @throws PermanentError LAYER_TABLE_INVALID naming the row and the field, in one line
 */
export function parseLayerTable(table: unknown): LayerRow[] {
  if (!Array.isArray(table) || table.length === 0) {
    throw invalid("no row", "expected a list of layers");
  }
  const rows = table.map((value: unknown, index) => {
    const parsed = rowSchema.safeParse(value);
    if (!parsed.success) throw invalid(titleOf(value, index), parsed.error.issues.map(messageOf).join("; "));
    const before: unknown = table[index - 1];
    const previous = z.object({ name: z.string() }).safeParse(before).data?.name;
    return { ...parsed.data, listensTo: parsed.data.listensTo ?? previous, title: titleOf(value, index) };
  });
  checkRows(rows);
  return inOrder(rows);
}

type NamedRow = z.infer<typeof rowSchema> & { listensTo: string | undefined; title: string };

function checkRows(rows: readonly NamedRow[]): void {
  const names = rows.map(({ name }) => name);
  const used = new Map<string, string>();
  for (const [index, { name, listensTo, alsoBuilds, title }] of rows.entries()) {
    for (const schema of [name, ...alsoBuilds]) {
      const field = schema === name ? "name" : "alsoBuilds";
      const other = used.get(schema);
      if (other !== undefined) throw invalid(title, `${field} ${schema} is taken by ${other}`);
      if (RESERVED.includes(schema)) throw invalid(title, `${field} ${schema} is reserved; choose another name`);
      used.set(schema, title);
    }
    if (index === 0) {
      if (name !== FIRST_LAYER)
        throw invalid(title, `name is ${name}, expected ${FIRST_LAYER}: the first layer loads the dump`);
      if (listensTo !== undefined)
        throw invalid(title, "listensTo must be absent: the first layer starts with a requested run");
    } else if (listensTo === undefined || !names.includes(listensTo)) {
      throw invalid(title, `listensTo ${listensTo ?? ""} is no layer; the layers are ${names.join(", ")}`);
    }
    const rival = rows.slice(0, index).find((row) => index > 0 && row.listensTo === listensTo);
    if (rival !== undefined) {
      throw invalid(
        title,
        `listensTo ${listensTo ?? ""} is already the layer before ${rival.name}; the layers are a chain`,
      );
    }
  }
}

/**
 * Returns the rows in the order of the chain from the first layer. Rows that it does not reach listen to each other.
 */
function inOrder(rows: readonly NamedRow[]): LayerRow[] {
  const ordered: LayerRow[] = [];
  let next = rows[0];
  while (next !== undefined) {
    const { title: _, listensTo, forDashboards, handler, ...row } = next;
    const name = row.name;
    next = rows.find((other) => other.listensTo === name);
    ordered.push({
      ...row,
      ...(listensTo !== undefined && { listensTo }),
      ancestors: ordered.map((before) => before.name),
      isLast: next === undefined,
      forDashboards: forDashboards ?? next === undefined,
      handler: handler ?? (listensTo === undefined ? "functions/staging/handler" : "functions/dbt-layer/handler"),
    });
  }
  const lost = rows.find(({ name }) => ordered.every((row) => row.name !== name));
  if (lost !== undefined) {
    throw invalid(
      lost.title,
      `listensTo ${lost.listensTo ?? ""} makes a cycle; no chain leads here from ${FIRST_LAYER}`,
    );
  }
  return ordered;
}

/** A row of the layer table as passed to a function in `BATON_LAYER`. */
export const layerPolicySchema = z.object({
  name: layerNameSchema,
  /** Absent for the first layer. */
  listensTo: layerNameSchema.optional(),
  ancestors: z.array(layerNameSchema).optional(),
  isLast: z.boolean().default(false),
  retries: rowSchema.shape.retries.unwrap(),
  retryIntervalSeconds: rowSchema.shape.retryIntervalSeconds.unwrap(),
  backoff: rowSchema.shape.backoff.unwrap(),
  alsoBuilds: z.array(layerNameSchema).optional(),
});
export type LayerPolicy = z.infer<typeof layerPolicySchema>;

/** Returns the value of `BATON_LAYER` for the layer's function. */
export function policyOf(row: LayerRow): LayerPolicy {
  const { name, listensTo, ancestors, isLast, retries, retryIntervalSeconds, backoff, alsoBuilds } = row;
  return {
    name,
    ...(listensTo !== undefined && { listensTo, ancestors }),
    ...{ isLast, retries, retryIntervalSeconds, backoff },
    ...(alsoBuilds.length > 0 && { alsoBuilds }),
  };
}
