import type { BusinessDate } from "../../../events/ids.ts";
import { runCommandLine } from "../../../cli/run/run-options.ts";

describe("the run command in a hint", () => {
  it("has every option, quoted for a shell", () => {
    const options = { dump: "a day's.sql", date: "2026-02-07" as BusinessDate, force: true, watch: true };

    expect(runCommandLine(options)).toBe(String.raw`run --dump 'a day'\''s.sql' --date 2026-02-07 --force --watch`);
    expect(runCommandLine({ from: "silver", replace: true, allowStale: true, json: true })).toBe(
      "run --from silver --replace --allow-stale --json",
    );
  });
});
