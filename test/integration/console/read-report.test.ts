import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { readReport } from "../../../shared/console/data/read-report.ts";
import type { Report } from "../../../shared/console/data/report.ts";
import { PAGE_LAYERS, PAGE_NOW } from "../../support/console-pages.ts";
import { seedLedger } from "../../support/ledger/seed-ledger.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

describe("the report of a run with a failed data test", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;
  let runId: string;

  beforeAll(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
    ({ newestRunId: runId } = await seedLedger(ledger.pool, { runs: 4, newest: "blocked", lastDay: "2026-02-07" }));
  });
  afterAll(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  const read = (run?: string): Promise<Report> =>
    readReport(ledger.pool, { stage: "prod", layers: PAGE_LAYERS, runId: run, now: PAGE_NOW, deadline: "08:00" });

  it("counts a test by its newest attempt", async () => {
    const before = await read();
    await ledger.pool.query(
      `INSERT INTO quality_result (run_id, layer, attempt, test_id, test, model, column_name, severity, status, failures, recorded_at)
        SELECT run_id, layer, attempt + 1, test_id, test, model, column_name, severity, 'pass', 0, recorded_at FROM quality_result
        WHERE run_id = ? AND status = 'fail'`,
      [runId],
    );

    const after = await read();

    expect(before.quality.at(-1)).toMatchObject({ runId, failed: 1 });
    expect(after.quality.at(-1)).toMatchObject({ runId, failed: 0 });
  });

  it("puts results of this run's tests before those of earlier runs", async () => {
    const { history } = await read();
    await ledger.pool.query(
      `UPDATE quality_result SET status = 'fail', failures = 9, severity = 'error', message = 'Too old'
        WHERE run_id = ? AND test = 'not_null_moveouts_column_1'`,
      [history[1]?.id],
    );
    await ledger.pool.query(
      "UPDATE quality_result SET status = 'warn', failures = 2 WHERE run_id = ? AND test = 'not_null_stg_rooms_column_4'",
      [runId],
    );

    const { tests } = await read();

    const [first] = tests;
    expect(first).toMatchObject({ test: "not_null_stg_rooms_column_4", status: "warn" });
    expect(tests.find(({ test }) => test === "not_null_moveouts_column_1")).toMatchObject({
      status: "fail",
      message: "Too old",
      trend: ["pass", "pass", "fail", null],
    });
  });

  it("does not call a table removed that the run has not built yet", async () => {
    await ledger.pool.query("DELETE FROM step WHERE run_id = ? AND name IN ('int_contracts', 's_table_09')", [runId]);

    const { tables } = await read();

    expect(tables.filter(({ rows }) => rows === null).map(({ table }) => table)).toEqual(["s_table_09"]);
    expect(new Set(tables.map(({ layer }) => layer))).toEqual(new Set(["staging", "silver"]));
  });

  it("names the business date of a backup's data", async () => {
    const { backups } = await read();

    expect(backups.map(({ layer, businessDate }) => [layer, businessDate])).toEqual([
      ["gold", "2026-02-05"],
      ["gold", "2026-02-04"],
      ["gold", null],
    ]);
  });

  it("compares the run time of each model with the median of the runs before", async () => {
    const times = [100, 300, 200];
    const { history } = await read();
    for (const [index, run] of history.slice(1).entries()) {
      const set = "UPDATE step SET duration_ms = ? WHERE run_id = ? AND name = 'stg_rooms'";
      await ledger.pool.query(set, [times[index], run.id]);
      await ledger.pool.query("UPDATE run SET state = 'completed' WHERE run_id = ?", [run.id]);
    }
    await ledger.pool.query("UPDATE step SET duration_ms = 90000 WHERE run_id = ? AND name = 'stg_rooms'", [runId]);

    const [slowest] = (await read()).modelTimes;

    expect(slowest).toEqual({
      ...{ layer: "silver", model: "stg_rooms", durationMs: 90_000, usualMs: 200 },
      trend: [200, 300, 100, 90_000],
    });
  });

  it("offers a replay only until a later date is published", async () => {
    const failure = async (): Promise<unknown> => (await read()).givenUp.find((one) => one.runId === runId);
    const before = await failure();
    const { history } = await read();

    await ledger.pool.query("UPDATE live_set SET run_id = ?, business_date = '2026-02-08' WHERE layer = 'gold'", [
      history[1]?.id,
    ]);

    expect(before).toMatchObject({ layer: "silver", supersededBy: null });
    expect(await failure()).toMatchObject({ supersededBy: history[1]?.id });
  });

  it("lists waiting runs in the order in which they start, and shows no details of them", async () => {
    const request = JSON.stringify({ data: { backfill: { id: "b", onFailure: "stop" } } });
    await ledger.pool.query("UPDATE run SET request = ? WHERE run_id = ?", [request, runId]);
    for (const day of ["2026-02-09", "2026-02-08"]) {
      await ledger.pool.query(
        `INSERT INTO run (run_id, business_date, state, requested_by, correlation_id, request, started_at)
          VALUES (?, ?, 'waiting', 'schedule', 'c', ?, UTC_TIMESTAMP(6))`,
        [`${day}-00000000`, day, request],
      );
    }

    const { waiting, backfills, run } = await read();

    expect(waiting.map(({ businessDate }) => businessDate)).toEqual(["2026-02-08", "2026-02-09"]);
    expect(run?.id).toBe(runId);
    expect(backfills).toEqual([{ from: "2026-02-07", to: "2026-02-09", dates: 3, ended: 1 }]);
  });

  it("does not show the attempt that ended with a superseded layer as failed", async () => {
    const { history } = await read();
    const older = history[1]?.id;
    await ledger.pool.query("UPDATE layer_run SET state = 'superseded' WHERE run_id = ? AND layer = 'gold'", [older]);
    await ledger.pool.query("UPDATE attempt SET state = 'interrupted' WHERE run_id = ? AND layer = 'gold'", [older]);

    const { run } = await read(older);

    expect(run?.attempts.filter(({ layer }) => layer === "gold").at(-1)?.state).toBe("superseded");
  });

  it("describes an older run as it was, and today's state as it is", async () => {
    const { history } = await read();
    const older = await read(history[1]?.id);

    expect(older.run).toMatchObject({ id: history[1]?.id, state: "completed" });
    expect(older.trendRuns).not.toContain(runId);
    expect(older.today.headline).toBe("Not good: the run of 2026-02-07 (Sat) failed in silver.");
    await expect(read("2026-02-07-ffffffff")).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
  });
});
