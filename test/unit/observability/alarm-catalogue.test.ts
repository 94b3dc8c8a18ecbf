import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  alarmCatalogue,
  alarmName,
  parseAlarmName,
  type AlarmKindName,
} from "../../../shared/observability/alarm-catalogue.ts";

const kinds = Object.keys(alarmCatalogue) as AlarmKindName[]; // Object.keys forgets the key type

describe("the alarm catalogue", () => {
  it.each(kinds)(
    "has a section in the runbook for %s, with what is safe, what to look at and what to do",
    async (kind) => {
      const runbook = await readFile(join(import.meta.dirname, "../../../docs/runbook.md"), "utf8");

      const section = runbook.split(/^## /m).find((text) => text.startsWith(`${kind}\n`)) ?? "";

      for (const part of ["**Safe:**", "**Look:**", "**Do:**"]) expect(section).toContain(part);
      expect(section).toMatch(/`\.\/baton|memoryMb|SHOW PROCESSLIST|the dashboard/);
    },
  );

  it.each(kinds)("finds %s in the name of its alarm, for any subject", (kind) => {
    for (const subject of ["", "silver", "very", "dlq-not-empty-layer"]) {
      expect(parseAlarmName("prod", alarmName("prod", { kind, subject }))).toEqual({ kind, subject });
    }
  });

  it("ignores alarms of other stacks", () => {
    expect(parseAlarmName("prod", "baton-staging-silver-failed")).toBeUndefined();
    expect(parseAlarmName("prod", "baton-prod-healthy")).toBeUndefined();
  });
});
