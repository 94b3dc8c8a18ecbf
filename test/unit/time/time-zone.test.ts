import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseTime } from "../../../cli/parse-time.ts";
import { batonHome, projectRoot } from "../../../shared/config/checkout.ts";
import { dayOf, endOfDay, startOfDay } from "../../../shared/time/business-day.ts";
import { timeText } from "../../../shared/time/time-text.ts";
import { zoneLabel } from "../../../shared/time/time-zone.ts";
import { instantOf } from "../../../shared/time/wall-time.ts";

/** Days on which clocks change, at 02:00, at 03:00 and at midnight, and a zone with half an hour. */
const DAYS = [
  ["Asia/Tokyo", "2026-02-07", "2026-02-06T15:00:00.000Z", 24],
  ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23],
  ["America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
  // clocks skip midnight
  ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", 23],
  // clocks show midnight twice
  ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
  ["Asia/Kolkata", "2026-02-07", "2026-02-06T18:30:00.000Z", 24],
] as const;

describe("the time zone of the source", () => {
  const before = process.env["BATON_TIME_ZONE"];

  afterEach(() => {
    if (before === undefined) delete process.env["BATON_TIME_ZONE"];
    else process.env["BATON_TIME_ZONE"] = before;
  });

  it.each(DAYS)("of %s begins %s at %s, for %i hours", (zone, day, start, hours) => {
    process.env["BATON_TIME_ZONE"] = zone;

    expect(startOfDay(day).toISOString()).toBe(start);
    expect(endOfDay(day).getTime() - startOfDay(day).getTime()).toBe(hours * 3_600_000);
    expect([startOfDay(day), new Date(endOfDay(day).getTime() - 1)].map(dayOf)).toEqual([day, day]);
    expect(dayOf(endOfDay(day)) > day).toBe(true);
  });

  it("is the zone of times that people read and write", () => {
    process.env["BATON_TIME_ZONE"] = "Europe/Berlin";

    expect(timeText("2026-07-01T05:00:12Z")).toBe("2026-07-01 07:00:12");
    expect(parseTime("2026-07-01 07:00:12").toISOString()).toBe("2026-07-01T05:00:12.999Z");
  });

  it("uses the earlier of two equal times, and the next time where clocks skip one", () => {
    expect(instantOf("2026-10-25T02:30:00", "Europe/Berlin").toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(instantOf("2026-03-29T02:30:00", "Europe/Berlin").toISOString()).toBe("2026-03-29T01:30:00.000Z");
  });

  it.each([
    ["Asia/Tokyo", "JST"],
    ["Asia/Kolkata", "IST"],
    ["UTC", "UTC"],
    ["Asia/Singapore", "GMT+8"],
    ["Europe/Berlin", "Europe/Berlin"],
  ])("has a label that is true all year: %s is %s", (zone, label) => {
    expect(zoneLabel(zone)).toBe(label);
  });

  it("gives dbt the same days", () => {
    const script = `
import datetime, json, os, sys
sys.path.insert(0, sys.argv[1])
from baton_dbt.moved_modules import restore_moved_modules
restore_moved_modules()
from baton_dbt import mysql_adapter as adapter
for zone, day, *_ in json.loads(sys.argv[2]):
    os.environ["BATON_TIME_ZONE"] = zone
    offsets = adapter.source_offsets(zone)
    start = adapter.MySQLAdapter.start_of_day(None, day)
    assert start == adapter.MySQLAdapter.start_of_day(None, datetime.date.fromisoformat(day))
    minutes = next(minutes for until, minutes in offsets if until is None or start < until)
    print(json.dumps([start, minutes, len(offsets) > 1]))
`;
    const python = join(batonHome, "venv/bin/python");

    const output = execFileSync(python, ["-c", script, join(projectRoot, "dbt"), JSON.stringify(DAYS)], {
      encoding: "utf8",
    });

    const found = output.trim().split("\n");
    expect(found).toEqual(
      DAYS.map(([zone, day, start]) => {
        process.env["BATON_TIME_ZONE"] = zone;
        const shown = Date.parse(`${timeText(start).replace(" ", "T")}Z`);
        const utc = startOfDay(day).toISOString().slice(0, 19).replace("T", " ");
        const changes = !["Asia/Tokyo", "Asia/Kolkata"].includes(zone);
        return JSON.stringify([utc, (shown - Date.parse(start)) / 60_000, changes]).replaceAll(",", ", ");
      }),
    );
  });
});
