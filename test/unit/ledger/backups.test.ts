import fc from "fast-check";
import { backupNameOf } from "../../../shared/ledger/publication/backup-names.ts";
import { backupsToDrop, type StandingBackup } from "../../../shared/ledger/publication/clean-up-backups.ts";
import { tokyoDay } from "../../../shared/time/tokyo-day.ts";

function backup(table: string, at: string): StandingBackup {
  const takenAt = new Date(at);
  const backupTable = backupNameOf(table, takenAt);
  return { schema: "gold_backup", backupTable, table, takenOn: tokyoDay(takenAt), takenAt };
}

describe("backups", () => {
  it("are named by table and Tokyo time", () => {
    expect(backupNameOf("new_contracts", new Date("2026-02-06T22:03:04Z"))).toBe(
      "new_contracts_backup_20260207_070304",
    );
  });

  it("keep the first of a day: what was live before the day's first publication", () => {
    const first = backup("moveouts", "2026-02-06T22:00:00Z");
    const second = backup("moveouts", "2026-02-07T01:00:00Z");

    expect(backupsToDrop([second, first], "2026-02-07")).toEqual([second]);
  });

  it("are dropped after three days", () => {
    const old = backup("moveouts", "2026-02-03T00:00:00Z");
    const kept = backup("moveouts", "2026-02-04T00:00:00Z");

    expect(backupsToDrop([old, kept], "2026-02-07")).toEqual([old]);
  });

  it("always include a table's last one, however old", () => {
    const only = backup("moveouts", "2025-12-01T00:00:00Z");

    expect(backupsToDrop([only], "2026-02-07")).toEqual([]);
  });

  it("are at most one per table and day, and always at least one per table", () => {
    const instants = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 1, 7) });
    const some = fc.array(
      fc.tuple(fc.constantFrom("a", "b"), instants).map(([table, ms]) => backup(table, new Date(ms).toISOString())),
    );
    fc.assert(
      fc.property(some, (backups) => {
        const dropped = new Set(backupsToDrop(backups, "2026-02-07"));
        const kept = backups.filter((one) => !dropped.has(one));
        const days = kept.map(({ table, takenOn }) => `${table} ${takenOn}`);
        expect(new Set(days).size).toBe(days.length);
        expect(new Set(kept.map(({ table }) => table))).toEqual(new Set(backups.map(({ table }) => table)));
      }),
    );
  });
});
