import { MONTH_DAYS } from "../../support/months/month-plan.ts";
import { runPlannedMonth, type MonthOutcome } from "../../support/months/planned-month.ts";
import { testWarehouse } from "../../support/warehouse.ts";

/** `test/bench/quality-month.ts` runs more seeds and larger dumps. @slow */
const SEED = 11;

describe("a month with random anomalies", () => {
  const warehouse = testWarehouse();
  let outcome: MonthOutcome;

  beforeAll(async () => {
    outcome = await runPlannedMonth(warehouse.config, { sizeBytes: 1_000_000, seed: SEED });
  }, 600_000);
  afterAll(() => warehouse.dispose());

  it("has every anomaly detected on its first day, in any table and column, on any day", () => {
    expect(outcome.missed).toEqual([]);
    expect(outcome.found.map(({ anomaly }) => anomaly.kind)).toEqual(
      expect.arrayContaining([
        "a table that models read shrinks",
        "a tiny table shrinks",
        "a new code of a list",
        "a stale dump",
        "a column that models read fills with NULL",
      ]),
    );
  });

  it("has at most one false alarm, including the days during and after anomalies", () => {
    const lasting = outcome.plan.anomalies.filter(({ day, until }) => until > day + 1);

    expect(lasting.length).toBeGreaterThan(2);
    expect(lasting.some(({ until }) => until < MONTH_DAYS)).toBe(true);
    expect(outcome.falseAlarms.slice(1)).toEqual([]);
  });
});
