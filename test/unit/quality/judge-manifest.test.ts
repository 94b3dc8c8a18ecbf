import { judgeManifest } from "../../../shared/quality/judge-manifest.ts";
import type { DayProfile } from "../../../shared/quality/table-profile.ts";

const rules = {
  freshness: [
    { test: "tenants_are_fresh", table: "tenants", column: "updated_at", warnAboveHours: 24, errorAboveHours: 72 },
  ],
};

/** A day of two tables, changed at 05:10 in Tokyo. */
function today(newestChange: Date | null = new Date("2026-02-06T20:10:00Z")): DayProfile {
  const table = (name: string) => ({ table: name, contentHash: name, rows: 3, newestChange, columns: [] });
  const tables = new Map(["tenants", "inquiries"].map((name) => [name, table(name)]));
  return { runId: "2026-02-07-1a2b3c4d", businessDate: "2026-02-07", tables };
}
function judge(day: DayProfile, claimed: Record<string, string>) {
  return judgeManifest(day, new Map(Object.entries(claimed).map(([table, at]) => [table, new Date(at)])), rules);
}

describe("a dump and its manifest's freshness of the source", () => {
  it("agree within the hour that a dump may take to write", () => {
    expect(judge(today(), { tenants: "2026-02-07T05:44:00+09:00" })).toMatchObject([{ status: "pass" }]);
    expect(judge(today(), { tenants: "2026-02-07T04:00:00+09:00" })).toMatchObject([{ status: "pass" }]);
  });

  it("differ when the content is older: an error where freshness is checked, otherwise a warning", () => {
    const old = today(new Date("2026-02-05T20:10:00Z"));

    expect(judge(old, { tenants: "2026-02-07T05:10:00+09:00", inquiries: "2026-02-07T05:10:00+09:00" })).toMatchObject([
      {
        name: "as_in_manifest_tenants",
        status: "fail",
        message:
          "the newest change in tenants is of 2026-02-05T20:10:00.000Z, but the manifest says 2026-02-06T20:10:00.000Z: the dump has the content of an earlier one",
      },
      { name: "as_in_manifest_inquiries", status: "warn" },
    ]);
    expect(judge(today(null), { tenants: "2026-02-07T05:10:00+09:00" })).toMatchObject([{ status: "fail" }]);
  });

  it("are not compared for times after the day, or for missing tables", () => {
    expect(judge(today(), { tenants: "2203-12-01T00:00:00+09:00", payments: "2026-02-07T05:10:00+09:00" })).toEqual([]);
  });
});
