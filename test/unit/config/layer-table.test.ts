import { z } from "zod";
import { oneLine } from "../../../events/one-line.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { parseEnvironment } from "../../../shared/config/function-config.ts";
import { judge } from "../../../shared/errors/judge.ts";
import { grantsOf } from "../../../shared/warehouse/users/grants.ts";

const STAGING = { name: "staging" };
const SILVER = { name: "silver" };

describe("the layer table", () => {
  it("needs only a name: everything else has a default", () => {
    const [, silver, gold] = parseLayerTable([STAGING, SILVER, { name: "gold" }]);

    expect(silver).toEqual({
      ...{ name: "silver", listensTo: "staging", ancestors: ["staging"], isLast: false, forDashboards: false },
      ...{ retries: 3, retryIntervalSeconds: 60, backoff: 1.5, alarmAfterMinutes: 15, alsoBuilds: [] },
      ...{ memoryMb: 2_048, storageMb: 1_024, timeoutSeconds: 900, handler: "functions/dbt-layer/handler" },
    });
    expect(gold).toMatchObject({ ancestors: ["staging", "silver"], isLast: true, forDashboards: true });
  });

  it("is sorted in the order of a run, for any order of the rows", () => {
    const rows = parseLayerTable([
      STAGING,
      { name: "gold", listensTo: "silver" },
      { name: "silver", listensTo: "staging" },
    ]);

    expect(rows.map(({ name }) => name)).toEqual(["staging", "silver", "gold"]);
  });

  it.each<[string, unknown, string]>([
    ["not a list", undefined, "no row: expected a list of layers"],
    ["no name", [STAGING, { retries: 1 }], "row 2: name expected string"],
    [
      "an unknown field",
      [STAGING, { name: "silver", memory: 1 }],
      "row 2 (silver): unknown field memory; known fields: name, ",
    ],
    [
      "a wrong type",
      [STAGING, { name: "silver", retries: "3" }],
      "row 2 (silver): retries expected number, received string",
    ],
    ["a value out of range", [STAGING, { name: "silver", memoryMb: 64 }], "row 2 (silver): memoryMb Too small"],
    [
      "an invalid name",
      [STAGING, { name: "Silver" }],
      "row 2 (Silver): name expected lower-case letters, digits, hyphens",
    ],
    ["a reserved name", [STAGING, { name: "notify" }], "row 2 (notify): name is reserved"],
    [
      "a name of a dead-letter queue",
      [STAGING, { name: "silver-dlq" }],
      "row 2 (silver-dlq): name must not end with -dlq",
    ],
    ["a duplicate name", [STAGING, SILVER, SILVER], "row 3 (silver): name silver is taken by row 2 (silver)"],
    [
      "a duplicate schema",
      [STAGING, SILVER, { name: "gold", alsoBuilds: ["silver"] }],
      "row 3 (gold): alsoBuilds silver is taken by row 2",
    ],
    [
      "an unknown listensTo",
      [STAGING, { name: "gold", listensTo: "silver" }],
      "row 2 (gold): listensTo silver is no layer; the layers are staging, gold",
    ],
    [
      "two layers that listen to the same layer",
      [STAGING, SILVER, { name: "gold", listensTo: "staging" }],
      "row 3 (gold): listensTo staging is already the layer before silver",
    ],
    [
      "a cycle",
      [STAGING, { name: "silver", listensTo: "gold" }, { name: "gold", listensTo: "silver" }],
      "row 2 (silver): listensTo gold makes a cycle",
    ],
    [
      "a first layer with listensTo",
      [{ name: "staging", listensTo: "gold" }, { name: "gold" }],
      "row 1 (staging): listensTo must be absent",
    ],
    ["a first layer with another name", [{ name: "bronze" }], "row 1 (bronze): name is bronze, expected staging"],
  ])("names row and field in one line: %s", (_, table, message) => {
    const parse = (): unknown => parseLayerTable(table);

    expect(parse).toThrow(`serverless.yml: custom.layers, ${message}`);
    expect(parse).not.toThrow(/[\n{]/);
  });

  it("determines the grants of each database user", () => {
    const layers = parseLayerTable([
      STAGING,
      { name: "silver", alsoBuilds: ["seeds"] },
      { name: "gold", forDashboards: true },
      { name: "platinum" },
    ]);
    const schemasOf = (
      user: Parameters<typeof grantsOf>[0],
      more: Partial<Parameters<typeof grantsOf>[1]> = {},
    ): string[] =>
      grantsOf(user, { layers, schemaPrefix: "", userPrefix: "", host: "%", ...more }).map(
        (sql) => /ON (\S+)/.exec(sql)?.[1] ?? "",
      );

    expect(schemasOf("reader")).toEqual(["`gold`.*", "`platinum`.*"]);
    for (const user of ["dbt", "operator"] as const) {
      expect(schemasOf(user)).toEqual(
        expect.arrayContaining(["`seeds`.*", "`platinum\\_next`.*", "`platinum\\_backup`.*"]),
      );
    }
    expect(schemasOf("ledger")).toEqual(expect.arrayContaining(["`seeds`.*", "`platinum`.*"]));
    // the developers' schemas; with partial revokes a server has no patterns
    expect(schemasOf("operator", { schemaPrefix: "x_" })).toContain("`x\\_dev\\_%`.*");
    expect(schemasOf("operator", { schemaNames: "literal" }).join()).not.toContain("dev");
    expect(schemasOf("loader").join()).not.toContain("platinum");
  });
});

describe("an error of a schema", () => {
  const schema = z.object({ AURORA_PORT: z.coerce.number(), BATON_LAYER: z.object({ name: z.string() }) });
  const text = "AURORA_PORT: expected number, received NaN; BATON_LAYER.name: expected string, received undefined";

  it("is one line with the field and the reason", () => {
    const parse = (): unknown => parseEnvironment(schema, { AURORA_PORT: "x", BATON_LAYER: {} as never });

    expect(parse).toThrow(`environment: ${text}`);
  });

  it("is shown without JSON, even if nothing caught it", () => {
    const { error = new z.ZodError([]) } = schema.safeParse({ AURORA_PORT: "x", BATON_LAYER: {} });

    expect(oneLine(error)).toBe(text);
    expect(judge(error).error.message).toBe(text);
    expect(judge(new Error("", { cause: error })).error.message).toBe(text);
  });
});
