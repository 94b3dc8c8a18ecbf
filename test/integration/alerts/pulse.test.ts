import type { Pool } from "mysql2/promise";
import { measureLedger } from "../../../functions/pulse/measure-ledger.ts";
import { pulseEnvironmentSchema } from "../../../functions/pulse/pulse-environment.ts";
import { readEmf } from "../../../local/metrics/read-emf.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { metrics } from "../../../shared/observability/observability.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const MORNING = new Date("2026-02-06T23:30:00.000Z");

/** Measures a real ledger that records one situation after the other. */
describe("pulse", () => {
  let warehouse: TestWarehouse;
  let pool: Pool;

  beforeAll(async () => {
    warehouse = testWarehouse();
    ({ pool } = await openLedger(warehouse.config, {}));
    await pool.query("UPDATE target SET adopted_at = '2026-01-01'");
  });
  afterEach(async () => {
    for (const table of ["run", "layer_run", "attempt", "live_set", "backup", "quality_result"]) {
      await pool.query(`DELETE FROM ${table}`);
    }
  });
  afterAll(async () => {
    await pool.end();
    await warehouse.dispose();
  });

  async function measure(now: Date, deadline = "08:00"): Promise<Record<string, number>> {
    const lines: string[] = [];
    const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    try {
      const environment = pulseEnvironmentSchema.parse({
        ...{ AURORA_ENDPOINT: "-", BATON_STAGE: "prod", BATON_BUS: "-", BATON_BUCKET: "-" },
        ...{ BATON_LAYERS: "staging,gold", BATON_LAYER_QUEUES: "[]", BATON_DEAD_LETTER_QUEUES: "[]" },
        BATON_RUN_DEADLINE: deadline,
      });
      metrics.beginLayer("pulse");
      await measureLedger(pool, environment, now);
      metrics.flush();
    } finally {
      write.mockRestore();
    }
    const data = lines.flatMap(readEmf);
    return Object.fromEntries(
      data.map(({ name, dimensions, value }) => [`${dimensions["layer"] ?? ""} ${name}`, value]),
    );
  }
  async function addRun(day: string, state: string, more: { layer?: string; takenAt?: string } = {}): Promise<string> {
    const id = `${day}-1a2b3c4d`;
    const dump = more.takenAt === undefined ? null : JSON.stringify({ takenAt: more.takenAt });
    await pool.query(
      `INSERT INTO run (run_id, business_date, state, requested_by, correlation_id, dump, started_at)
        VALUES (?, ?, ?, 'schedule', 'c', ?, ?)`,
      [id, day, state, dump, "2026-02-06 22:00:00"],
    );
    const started = "2026-02-06 22:00:00";
    await pool.query(
      `INSERT INTO layer_run (run_id, layer, state, attempt, caused_by, started_at, claimed_at, heartbeat_at)
        VALUES (?, ?, ?, 1, 'e', ?, ?, ?)`,
      [id, more.layer ?? "gold", state, started, started, started],
    );
    await pool.query(
      "INSERT INTO attempt (run_id, layer, attempt, state, message_id, connection_id, started_at) VALUES (?, ?, 1, ?, 'm', 1, ?)",
      [id, more.layer ?? "gold", state, started],
    );
    return id;
  }

  it("reports a missing run from the deadline until a run of that day or a later day is complete", async () => {
    const before = new Date("2026-02-06T22:59:00.000Z");
    await addRun("2026-02-06", "completed");

    expect(await measure(before)).toMatchObject({ "pulse RunMissing": 0 });
    expect(await measure(MORNING)).toMatchObject({ "pulse RunMissing": 1 });
    expect(await measure(MORNING, "")).toMatchObject({ "pulse RunMissing": 0 });
    // a day that never had its run does not become healthy at midnight
    expect(await measure(new Date("2026-02-07T18:00:00.000Z"))).toMatchObject({ "pulse RunMissing": 1 });

    await addRun("2026-02-07", "completed");

    expect(await measure(MORNING)).toMatchObject({ "pulse RunMissing": 0 });
  });

  it("remembers whether anything is unfinished: a run, an event or a publication", async () => {
    const environment = { BATON_LAYERS: [], BATON_RUN_DEADLINE: "" };
    const isActive = async (): Promise<boolean> => (await measureLedger(pool, environment, MORNING)).isActive;
    const run = await addRun("2026-02-06", "completed", { takenAt: "2026-02-05T20:30:00.000Z" });
    expect(await measureLedger(pool, environment, MORNING)).toEqual({
      ...{ measuredAt: MORNING, isActive: false, completedDate: "2026-02-06", dumpTimes: {} },
      expectedSince: new Date("2026-01-01T00:00:00.000Z"),
    });

    for (const state of ["waiting", "running"]) {
      await pool.query("UPDATE run SET state = ?", [state]);
      expect(await isActive()).toBe(true);
    }
    await pool.query("UPDATE run SET state = 'failed'");
    expect(await isActive()).toBe(false);
    const left = {
      outbox: "event_id, run_id, detail_type, detail, created_at) VALUES ('e', ?, 'LayerFailed', '{}', NOW())",
      publication: "run_id, layer, attempt, state, plan, intended_at) VALUES (?, 'gold', 1, 'intended', '{}', NOW())",
    };
    for (const [table, row] of Object.entries(left)) {
      await pool.query(`INSERT INTO ${table} (${row}`, [run]);
      expect(await isActive()).toBe(true);
      await pool.query(`DELETE FROM ${table}`);
    }
  });

  it("expects no run on days before the ledger existed", async () => {
    await pool.query("UPDATE target SET adopted_at = ?", [MORNING]);

    const measured = await measure(MORNING);
    await pool.query("UPDATE target SET adopted_at = '2026-01-01'");

    expect(measured).toMatchObject({ "pulse RunMissing": 0 });
  });

  it("reports the failed layer until a newer run is complete", async () => {
    const failed = await addRun("2026-02-06", "failed");
    await pool.query(
      `INSERT INTO quality_result (run_id, layer, attempt, test_id, test, model, severity, status, recorded_at) VALUES
        (?, 'gold', 1, 'a', 'a', 'm', 'error', 'fail', NOW()), (?, 'gold', 1, 'b', 'b', 'm', 'warn', 'fail', NOW()),
        (?, 'gold', 1, 'c', 'c', 'm', 'error', 'pass', NOW())`,
      [failed, failed, failed],
    );

    expect(await measure(MORNING)).toMatchObject({
      ...{ "gold LayerFailing": 1, "gold QualityTestsFailing": 1, "staging LayerFailing": 0 },
    });

    await addRun("2026-02-07", "completed");

    expect(await measure(MORNING)).toMatchObject({ "gold LayerFailing": 0, "gold QualityTestsFailing": 0 });

    // runs of earlier dates start first, in whatever order the dates are requested
    await addRun("2026-02-05", "failed");
    await pool.query("UPDATE run SET turn_started_at = business_date");

    expect(await measure(MORNING)).toMatchObject({ "gold LayerFailing": 0 });
  });

  it("counts the minutes of a running layer, including waits between retries", async () => {
    await addRun("2026-02-07", "retrying");

    expect(await measure(new Date("2026-02-06T22:12:00.000Z"))).toMatchObject({
      ...{ "gold LayerElapsedMinutes": 12, "staging LayerElapsedMinutes": 0 },
    });
  });

  it("reports the age of the dump of the live tables, and nothing without live tables", async () => {
    const run = await addRun("2026-02-07", "completed", { takenAt: "2026-02-06T20:30:00.000Z" });
    await pool.query(
      "INSERT INTO live_set (layer, run_id, business_date, published_at) VALUES ('gold', ?, '2026-02-07', NOW())",
      [run],
    );

    const measured = await measure(MORNING);

    expect(measured).toMatchObject({ "gold DataFreshnessHours": 3 });
    expect(measured).not.toHaveProperty("staging DataFreshnessHours");
  });

  it("counts the backups of a table for one day, without other days and dropped backups", async () => {
    const rows = [
      ["a_1", "a", "2026-02-06", null],
      ["a_2", "a", "2026-02-07", null],
      ["a_3", "a", "2026-02-07", "2026-02-07"],
    ];
    const insert = (row: unknown[]): Promise<unknown> =>
      pool.query(
        `INSERT INTO backup (schema_name, layer, run_id, taken_at, backup_table, table_name, taken_on, dropped_at)
          VALUES ('gold_backup', 'gold', 'r', NOW(), ?)`,
        [row],
      );
    for (const row of rows) await insert(row);
    expect(await measure(MORNING)).toMatchObject({ "gold BackupsPerTable": 1, "staging BackupsPerTable": 0 });

    await insert(["a_4", "a", "2026-02-07", null]);

    expect(await measure(MORNING)).toMatchObject({ "gold BackupsPerTable": 2 });
  });
});
