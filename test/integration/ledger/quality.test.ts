import { Logger } from "@aws-lambda-powertools/logger";
import { cleanUpQuality } from "../../../shared/ledger/records/clean-up-quality.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { found } from "../../../shared/quality/check-result.ts";
import { ProfileStore } from "../../../shared/quality/profile-store.ts";
import { recordQuality, type RecordedTest } from "../../../shared/ledger/records/quality.ts";
import { newestCheckedRun, readQuality, readQualityHistory } from "../../../shared/ledger/reads/read-quality.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const passed: RecordedTest = {
  id: "test.baton.unique_rooms_id.1",
  name: "unique_rooms_id",
  model: "rooms",
  severity: "error",
  status: "pass",
  failures: 0,
};
const failed: RecordedTest = {
  ...{
    id: "test.baton.not-null.2",
    name: "not_null_tenants_status",
    model: "tenants",
    column: "status",
    severity: "error",
  },
  ...{ status: "fail", failures: 3, message: "3 rows without a status" },
};

describe("quality results in the ledger", () => {
  const warehouse = testWarehouse();
  let ledger: OpenLedger;

  beforeAll(async () => {
    ledger = await openLedger(warehouse.config, {});
    for (const day of ["2026-02-05", "2026-02-06", "2026-02-07"]) {
      await ledger.pool.query(
        `INSERT INTO run (run_id, business_date, state, requested_by, correlation_id, started_at)
          VALUES (?, ?, 'running', 'operator', 'request-1', UTC_TIMESTAMP(6))`,
        [`${day}-1a2b3c4d`, day],
      );
    }
  });
  afterAll(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  it("shows the newest result of each test, the failed ones first", async () => {
    const key = { runId: "2026-02-05-1a2b3c4d", layer: "silver" };
    await recordQuality(ledger.pool, { ...key, attempt: 1 }, [passed, failed]);
    await recordQuality(ledger.pool, { ...key, attempt: 2 }, [{ ...failed, status: "warn", failures: 1 }]);

    const results = await readQuality(ledger.pool, key.runId);

    expect(results.map(({ test, attempt, status, failures }) => [test, attempt, status, failures])).toEqual([
      [failed.name, 2, "warn", 1],
      [passed.name, 1, "pass", 0],
    ]);
    expect(results[0]).toMatchObject({ model: "tenants", column: "status", message: "3 rows without a status" });
    expect(await newestCheckedRun(ledger.pool)).toBe(key.runId);
  });

  it("shows the results of each test that did not always pass, by run", async () => {
    await recordQuality(ledger.pool, { runId: "2026-02-06-1a2b3c4d", layer: "silver", attempt: 1 }, [passed, failed]);
    const good: RecordedTest = { ...failed, status: "pass", failures: 0 };
    await recordQuality(ledger.pool, { runId: "2026-02-07-1a2b3c4d", layer: "silver", attempt: 1 }, [passed, good]);

    const history = await readQualityHistory(ledger.pool, 2);

    expect(history.runs).toEqual([
      { runId: "2026-02-07-1a2b3c4d", businessDate: "2026-02-07", passed: 2, warned: 0, failed: 0, accepted: 0 },
      { runId: "2026-02-06-1a2b3c4d", businessDate: "2026-02-06", passed: 1, warned: 0, failed: 1, accepted: 0 },
    ]);
    expect(history.tests.map(({ test }) => test)).toEqual([failed.name]);
    expect(history.tests[0]?.results.map(({ businessDate, status }) => `${businessDate} ${status}`)).toEqual([
      "2026-02-07 pass",
      "2026-02-06 fail",
    ]);
  });

  it("continues the history of checks of source tables from before their results had unique IDs", async () => {
    const { pool } = ledger;
    const at = { model: "rooms", severity: "warn", failures: 1, message: "1 room" } as const;
    const checks = [found("source_range_rooms_rent", { ...at, column: "rent" }), found("source_rows_rooms", at)];
    const keyOf = (day: string) => ({ runId: `${day}-1a2b3c4d`, layer: "staging", attempt: 1 });
    for (const day of ["2026-02-05", "2026-02-06"]) await recordQuality(pool, keyOf(day), checks);
    await pool.query("UPDATE quality_result SET test_id = test WHERE layer = 'staging' AND run_id LIKE '2026-02-05-%'");
    await pool.query("DELETE FROM migration WHERE version >= 11");

    const migrated = await openLedger(warehouse.config, {});
    const { tests } = await readQualityHistory(migrated.pool, 3);
    await migrated.pool.query("DELETE FROM quality_result WHERE layer = 'staging'");
    await migrated.pool.end();

    const ofStaging = tests.filter(({ layer }) => layer === "staging");
    expect(ofStaging.map(({ id, results }) => [id, results.length]).sort()).toEqual(
      checks.map(({ id }) => [id, 2]).sort(),
    );
  });

  it("removes results and profiles after 400 days, and only those", async () => {
    const store = new ProfileStore(ledger.pool);
    const profile = { table: "rooms", rows: 1, newestChange: null, columns: [] };
    for (const [day, hash] of [
      ["2026-02-05", "a"],
      ["2026-02-07", "b"],
    ] as const) {
      const contentHash = hash.repeat(64);
      await store.save([{ ...profile, contentHash, recipe: "recipe" }]);
      await store.recordRun(`${day}-1a2b3c4d`, day, [{ table: "rooms", contentHash, recipe: "recipe" }]);
    }

    await cleanUpQuality({ pool: ledger.pool, logger: new Logger({ logLevel: "SILENT" }) }, "2027-03-13");

    expect(await readQuality(ledger.pool, "2026-02-05-1a2b3c4d")).toEqual([]);
    expect(await readQuality(ledger.pool, "2026-02-06-1a2b3c4d")).toHaveLength(2);
    expect(await store.day("2026-02-05-1a2b3c4d")).toBeUndefined();
    expect((await store.day("2026-02-07-1a2b3c4d"))?.tables.get("rooms")).toMatchObject({ rows: 1 });
    const contents = ["a", "b"].map((hash) => ({ table: "rooms", contentHash: hash.repeat(64), recipe: "recipe" }));
    expect(await store.find(contents.slice(0, 1))).toEqual(new Map());
    expect((await store.find(contents)).size).toBe(1);
  });
});
