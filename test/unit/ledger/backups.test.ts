import fc from "fast-check";
import { backupNameOf } from "../../../shared/ledger/publication/backup-names.ts";
import { backupsToDrop, type ExistingBackup } from "../../../shared/ledger/publication/clean-up-backups.ts";
import { dayOf } from "../../../shared/time/business-day.ts";
import { derivedName } from "../../../shared/warehouse/tables/derived-name.ts";

const TODAY = "2026-02-07";

/** The backups of one publication of these tables, by default as one set. */
function backups(at: string, tables = ["a", "b"], setId: string | undefined = at): ExistingBackup[] {
  const takenAt = new Date(at);
  return tables.map((table) => {
    const backupTable = backupNameOf(table, takenAt);
    return { schema: "gold_backup", backupTable, table, setId, takenOn: dayOf(takenAt), takenAt };
  });
}
function single(table: string, at: string): ExistingBackup[] {
  return backups(at, [table]).map((backup) => ({ ...backup, setId: undefined }));
}

describe("derived names", () => {
  it("consist of name and suffix, shortened to the limit but still unique", () => {
    expect(derivedName("moveouts", "_next")).toBe("moveouts_next");
    const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(names, names, fc.constantFrom("", "_next", "_backup_20260207_070304"), (one, other, suffix) => {
        const derived = derivedName(one, suffix);
        expect([...derived].length).toBeLessThanOrEqual(64);
        expect(derived.endsWith(suffix)).toBe(true);
        expect(derived === derivedName(other, suffix)).toBe(one === other);
      }),
    );
  });

  it("distinguish names that differ only in their last character", () => {
    const long = "m".repeat(63);

    expect(derivedName(`${long}1`, "_next")).not.toBe(derivedName(`${long}2`, "_next"));
  });
});

describe("backups", () => {
  it("are named by table and Tokyo time", () => {
    expect(backupNameOf("new_contracts", new Date("2026-02-06T22:03:04Z"))).toBe(
      "new_contracts_backup_20260207_070304",
    );
  });

  it("keep the first set of a day: the tables that were live before the day's first publication", () => {
    const first = backups("2026-02-06T22:00:00Z");
    const second = backups("2026-02-07T01:00:00Z");

    expect(backupsToDrop([...second, ...first], TODAY)).toEqual(second);
  });

  it("keep no partial set, even when a later set of the day has other tables", () => {
    const first = backups("2026-02-06T22:00:00Z", ["a"]);
    const second = backups("2026-02-07T01:00:00Z", ["a", "b"]);

    expect(backupsToDrop([...first, ...second], TODAY)).toEqual(second);
  });

  it("are dropped after three days, except the newest set", () => {
    const old = backups("2026-02-03T00:00:00Z");
    const kept = backups("2026-02-04T00:00:00Z");

    expect(backupsToDrop([...old, ...kept], TODAY)).toEqual(old);
    expect(backupsToDrop(old, TODAY)).toEqual([]);
  });

  it("of a single table are dropped when the day's set has the table", () => {
    const set = backups("2026-02-07T01:00:00Z", ["a"]);
    const inSet = single("a", "2026-02-06T22:00:00Z");
    const alone = single("c", "2026-02-06T22:00:00Z");

    expect(backupsToDrop([...inSet, ...alone, ...set], TODAY)).toEqual(inSet);
  });

  it("are whole sets with at most one backup per table and day, including the newest set", () => {
    const instants = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 1, 7) });
    const tables = fc.subarray(["a", "b", "c"], { minLength: 1 });
    const sets = fc.uniqueArray(fc.tuple(instants, tables, fc.boolean()), { selector: ([at]) => at });
    fc.assert(
      fc.property(sets, (drawn) => {
        const all = drawn.flatMap(([ms, names, isSet]) => {
          const at = new Date(ms).toISOString();
          return isSet ? backups(at, names) : single(names[0] ?? "a", at);
        });
        const dropped = new Set(backupsToDrop(all, TODAY));
        const kept = all.filter((one) => !dropped.has(one));
        const days = kept.map(({ table, takenOn }) => `${table} ${takenOn}`);
        expect(new Set(days).size).toBe(days.length);
        const inSets = (some: readonly ExistingBackup[]) => Map.groupBy(some, ({ setId }) => setId ?? "");
        for (const [setId, ofSet] of inSets(kept)) {
          if (setId !== "") expect(ofSet).toEqual(inSets(all).get(setId));
        }
        const hasSet = (some: readonly ExistingBackup[]) => some.some(({ setId }) => setId !== undefined);
        expect(hasSet(kept)).toBe(hasSet(all));
      }),
    );
  });
});
