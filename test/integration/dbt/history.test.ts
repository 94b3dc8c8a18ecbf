import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { testWarehouse } from "../../support/warehouse.ts";
import { dbt, dbtFolder, withStatus, type DbtRun } from "./dbt-command.ts";
import { writeFiles } from "./own-project.ts";
import { loadStaging, publish, rowsOf, tenant, type Row } from "./small-business.ts";

type HistoryRow = RowDataPacket & { tenant_id: number };
/** The tenants of a day, by ID, with their statuses. */
type Day = Readonly<Record<number, number | null>>;

const days: Readonly<Record<string, Day>> = {
  "2026-02-01": { 1: 3, 2: 9, 3: 9, 4: null },
  "2026-02-02": { 1: 4, 2: 9, 3: 9, 4: 2 },
  // no dump on the 3rd
  "2026-02-04": { 1: 4, 2: 14, 4: 2, 5: 4 },
  "2026-02-05": { 1: 5, 2: 14, 3: 9, 4: 2, 5: 4 },
};
/** Tenants who never change: so many that a leaving tenant does not look like a truncated load. */
const OTHERS = 100;
const FIRST_OTHER = 1000;
const TIMEOUT_MS = 300_000;
/** The query of dbt-mysql that lists the tables of a schema, with an error of the server. */
const LIST_FAILS = `
{% macro mysql__list_relations_without_caching(schema_relation) %}
    {% do run_query('select 1 from mysql.no_such_table') %}
{% endmacro %}
`;

describe("tenant_status_history over days", () => {
  const warehouse = testWarehouse();
  /** The history after the daily runs, by day. */
  const published = new Map<string, unknown>();

  beforeAll(async () => {
    for (const [date, day] of Object.entries(days)) {
      await runDay(date, day);
      published.set(date, await history());
    }
  }, TIMEOUT_MS);
  afterAll(() => warehouse.dispose());

  async function runDay(
    date: string,
    day: Day,
    {
      args = [],
      force = false,
      others = OTHERS,
      project = dbtFolder,
    }: { args?: string[]; force?: boolean; others?: number; project?: string } = {},
  ): Promise<DbtRun> {
    const tenants = [
      ...Object.entries(day).map(([id, status]): Row => tenant({ id, status })),
      ...Array.from({ length: others }, (_, index) => tenant({ id: FIRST_OTHER + index, status: 17 })),
    ];
    await loadStaging(warehouse, { tenants });
    const run = await dbt(warehouse.config, ["build", "--select", "tenant_status_history", ...args], {
      project,
      vars: { build_layer: "silver", business_date: date, force },
    });
    if (run.exitCode === 0) await publish(warehouse, "silver");
    return run;
  }
  async function history(): Promise<HistoryRow[]> {
    return (await rowsOf(warehouse, "silver", "tenant_status_history")) as HistoryRow[]; // the key is never NULL
  }

  it("keeps the state of each day", async () => {
    const period = (tenant_id: number, status: number | null, valid_from: string, valid_to: string | null, why: string | null) =>
      ({ tenant_id, status, valid_from, valid_to, is_current: valid_to === null ? 1 : 0, closed_reason: why }); // prettier-ignore

    const rows = await history();
    expect(rows.filter(({ tenant_id }) => tenant_id < FIRST_OTHER)).toMatchObject([
      period(1, 3, "2026-02-01", "2026-02-01", "changed"),
      period(1, 4, "2026-02-02", "2026-02-04", "changed"),
      period(1, 5, "2026-02-05", null, null),
      // a change on the day without a dump has the date of the next day
      period(2, 9, "2026-02-01", "2026-02-03", "changed"),
      period(2, 14, "2026-02-04", null, null),
      period(3, 9, "2026-02-01", "2026-02-03", "disappeared"),
      period(3, 9, "2026-02-05", null, null),
      period(4, null, "2026-02-01", "2026-02-01", "changed"),
      period(4, 2, "2026-02-02", null, null),
      period(5, 4, "2026-02-04", null, null),
    ]);
  });

  it(
    "is the same when the last day runs again, even with --full-refresh",
    async () => {
      const run = await runDay("2026-02-05", days["2026-02-05"] ?? {}, { args: ["--full-refresh"] });

      expect(run.exitCode).toBe(0);
      expect(await history()).toEqual(published.get("2026-02-05"));
    },
    TIMEOUT_MS,
  );

  it(
    "refuses an earlier day, with the next step",
    async () => {
      const run = await runDay("2026-02-02", days["2026-02-02"] ?? {});

      expect(run.exitCode).toBe(1);
      expect(run.output).toContain("tenant_status_history already holds 2026-02-05");
      expect(await history()).toEqual(published.get("2026-02-05"));
    },
    TIMEOUT_MS,
  );

  it(
    "refuses a snapshot in which too many tenants are missing",
    async () => {
      const run = await runDay("2026-02-06", days["2026-02-05"] ?? {}, { others: OTHERS - 6 });

      expect(withStatus(run, "fail")).toContain("tenant_status_history_snapshot_is_whole");
      expect(await history()).toEqual(published.get("2026-02-05"));
    },
    TIMEOUT_MS,
  );

  it(
    "stops when the server cannot list the tables, and does not begin anew as if there were none",
    async () => {
      const project = mkdtempSync(join(tmpdir(), "baton-project-"));
      cpSync(dbtFolder, project, { recursive: true, filter: (path) => path !== join(dbtFolder, "target") });
      writeFiles(project, { "macros/list_relations.sql": LIST_FAILS });

      const run = await runDay("2026-02-06", days["2026-02-05"] ?? {}, { project });

      expect(run.exitCode).toBe(2);
      expect(run.output).toContain("1146 (42S02)");
      expect(await history()).toEqual(published.get("2026-02-05"));
    },
    TIMEOUT_MS,
  );

  it(
    "returns to an earlier day when forced, and has the same result after the later days are repeated",
    async () => {
      for (const [date, day] of Object.entries(days).slice(2)) {
        expect((await runDay(date, day, { force: true })).exitCode).toBe(0);
        expect({ date, rows: await history() }).toEqual({ date, rows: published.get(date) });
      }
    },
    TIMEOUT_MS,
  );
});
