import type { SampleFault } from "../../../local/sample/faults.ts";
import { generateSample, type Sample } from "../../../local/sample/sample.ts";
import { fillerTables } from "../../../local/sample/schema/all-tables.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import { quoteName } from "../../../shared/warehouse/tables/identifier.ts";
import { checkWarehouse, expectedFigures, warehouseDifferences } from "../../oracle/check-warehouse.ts";
import { rowsFromStaging } from "../../oracle/rows-from-staging.ts";
import type { HistoryRow } from "../../oracle/silver/tenant-status-history.ts";
import { sourceDayOf, type SourceDay } from "../../oracle/source-day.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";
import { buildLayer, withStatus } from "../dbt/dbt-command.ts";
import { publish } from "../dbt/small-business.ts";
import { loadWithClient } from "../../support/stock-client.ts";
import { edgeValues } from "./edge-values.ts";

const options = { sizeBytes: 12_000_000, seed: 21, date: "2026-02-07" };
const TIMEOUT_MS = 600_000;
/** No model reads these tables. Without their rows, loading is fast. */
const withoutFiller = fillerTables.map(({ name }): SampleFault => ({ kind: "emptyTable", table: name }));

/** Loads a sample's dump into the staging schema, as the loader does. */
async function load(warehouse: TestWarehouse, sample: Sample, faults: readonly SampleFault[] = []): Promise<void> {
  const database = `${warehouse.prefix}staging`;
  await warehouse.pool.query(`DROP DATABASE IF EXISTS ${quoteName(database)}`);
  const chunks = dumpChunks(sample, { database, faults: [...withoutFiller, ...faults] });
  expect(await loadWithClient(warehouse.config, [], chunks)).toMatchObject({ code: 0 });
}

/** Builds and publishes both layers. The caller decides about failed data tests. */
async function build(warehouse: TestWarehouse, day: SourceDay, args: string[] = []): Promise<void> {
  for (const layer of ["silver", "gold"] as const) {
    const run = await buildLayer(warehouse.config, layer, { args, vars: { business_date: day.businessDate } });
    if (run.exitCode !== 0)
      throw new Error(`${layer}: ${withStatus(run, "error", "fail").join(", ")}\n${run.output.slice(-4_000)}`);
    await publish(warehouse, layer);
  }
}

describe("silver and gold over three days", () => {
  const warehouse = testWarehouse();
  let history: readonly HistoryRow[] = [];
  afterAll(() => warehouse.dispose());

  it.each([0, 1, 2])(
    "have the figures of the rows of day %i, in every table and column",
    async (day) => {
      const sample = generateSample({ ...options, day });
      const source = sourceDayOf(sample);
      await load(warehouse, sample);

      await build(warehouse, source);

      const expected = expectedFigures(source, history);
      expect(await warehouseDifferences(warehouse.pool, warehouse.prefix, expected)).toBe("");
      history = expected.silver.tenant_status_history;
    },
    TIMEOUT_MS,
  );

  it("have histories with changes, disappearances and returns", () => {
    const reasons = new Set(history.map(({ closed_reason }) => closed_reason));
    const periods = Map.groupBy(history, ({ tenant_id }) => tenant_id);

    expect(reasons).toEqual(new Set([null, "changed", "disappeared"]));
    expect(
      [...periods.values()].some((rows) => rows.some((row) => row.closed_reason === "disappeared") && rows.length > 1),
    ).toBe(true);
  });

  it(
    "are the same when the last day is run again",
    async () => {
      const source = sourceDayOf(generateSample({ ...options, day: 2 }));

      await build(warehouse, source);

      const expected = expectedFigures(source, history);
      expect(expected.silver.tenant_status_history).toEqual(history);
      expect(await checkWarehouse(warehouse.pool, warehouse.prefix, source.businessDate)).toBe("");
      expect(await warehouseDifferences(warehouse.pool, warehouse.prefix, expected)).toBe("");
    },
    TIMEOUT_MS,
  );
});

describe("silver and gold of rows with edge values everywhere", () => {
  const warehouse = testWarehouse();
  afterAll(() => warehouse.dispose());

  it(
    "have the figures of the rows in staging",
    async () => {
      await load(warehouse, generateSample({ ...options, sizeBytes: 5_000_000 }), edgeValues(0.1, 3));
      const source = await rowsFromStaging(warehouse.pool, `${warehouse.prefix}staging`, options.date);

      // such data fails the data tests, as it should
      await build(warehouse, source, ["--exclude-resource-type", "test"]);

      expect(await warehouseDifferences(warehouse.pool, warehouse.prefix, expectedFigures(source, []))).toBe("");
    },
    TIMEOUT_MS,
  );
});
