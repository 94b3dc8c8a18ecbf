import { stripVTControlCharacters } from "node:util";
import { renderRuns, renderStatus } from "../../../cli/output/print-status.ts";
import { history } from "../../../shared/console/sections/history.ts";
import type { Report } from "../../../shared/console/data/report.ts";
import { findGaps } from "../../../shared/ledger/reads/read-gaps.ts";
import { noReplayText } from "../../../shared/text/gap-text.ts";

const GAP = {
  ...{ id: "2026-02-10-1a2b3c4d", state: "failed" as const, businessDate: "2026-02-10", layers: [], position: null },
  ...{ startedAt: "2026-02-09T22:00:00Z", durationMs: 1, missingIn: ["silver", "gold"], rebuildFrom: "2026-02-10" },
};
const COMPLETED = { ...GAP, id: "2026-02-11-1a2b3c4d", state: "completed" as const, businessDate: "2026-02-11" };
const RUNS = [{ ...COMPLETED, missingIn: [] }, GAP];
const REBUILD = "To rebuild the history: ./baton --stage prod backfill --from 2026-02-10 --force";

/** Publications such as `silver 10`; `silver 11?` is of a run that is not completed. */
function gapsAfter(...publications: string[]): Record<string, string[]> {
  const parsed = publications.map((text) => {
    const [, layer = "", day = "", mark] = /^(\w+) (\d+)(\??)$/.exec(text) ?? [];
    return { layer, businessDate: day, isOfCompletedRun: mark === "" };
  });
  return Object.fromEntries(findGaps(["10", "11", "12"], parsed));
}

describe("a gap", () => {
  it.each([
    ["no gap while nothing later is published", ["silver 10"], {}],
    ["no gap when all dates follow each other", ["silver 10", "silver 11", "silver 12"], {}],
    ["a date that failed before a later one", ["silver 10", "silver 12"], { 11: ["silver"] }],
    ["a date that only the last layer lacks", ["silver 10", "gold 10", "silver 11", "silver 12", "gold 12"], { 11: ["gold"] }],
    ["no gap while the later run is not completed", ["silver 10", "silver 12?"], {}],
    ["closed by repeating it and all later dates", ["silver 10", "silver 12", "silver 11", "silver 12"], {}],
    ["a date that was published, and that an earlier one replaced", ["silver 10", "silver 11", "silver 10"], { 11: ["silver"] }],
    ["the same after a later one follows", ["silver 10", "silver 11", "silver 10", "silver 12"], { 11: ["silver"] }],
    ["no gap after a repetition of the same date", ["silver 10", "silver 10", "silver 11"], {}],
  ])("is %s", (_, publications, gaps) => {
    expect(gapsAfter(...publications)).toEqual(gaps);
  }); // prettier-ignore

  it("is marked in the list of runs, with the command that rebuilds the history", () => {
    const lines = stripVTControlCharacters(renderRuns(RUNS, "prod")).split("\n");

    expect(lines[1]).not.toContain("gap");
    expect(lines[2]).toMatch(/^2026-02-10-1a2b3c4d +failed .* gap$/);
    expect(lines[3]).toContain("2026-02-10 is a gap in silver and gold");
    expect(lines[3]).toContain(REBUILD);
  });

  it("is rebuilt from the earliest gap, also when only a later one is shown", () => {
    const run = { ...GAP, id: "2026-02-12-1a2b3c4d", businessDate: "2026-02-12" };

    const shown = stripVTControlCharacters(renderStatus({ run, layers: [], supersededBy: null }, "prod"));

    expect(shown).toMatch(new RegExp(`\n2026-02-12 is a gap in silver and gold.*${REBUILD}$`));
  });

  it("is marked on the page, with the same command", () => {
    const runs = RUNS.map((run) => ({ ...run, rows: null, freshnessHours: null }));
    const { text } = history({ history: runs, stage: "prod" } as unknown as Report); // the section reads only these

    expect(text.match(/state-gap/g)).toHaveLength(1);
    expect(text.split("<details>")[0]).toContain(REBUILD);
  });

  it("stands in the reason why a replay is not possible, but not after a newer dump of the same date", () => {
    expect(noReplayText("prod", GAP.id, COMPLETED.id)).toContain(REBUILD);
    expect(noReplayText("prod", GAP.id, "2026-02-10-ffffffff")).toMatch(/^A replay is not possible: run 2026-02-10-f+ is newer and live\.$/);
  }); // prettier-ignore
});
