import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSource } from "../../../local/layer-table.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { dateInName, dateOfManifestKey, manifestKeyOf, parseSource } from "../../../shared/config/source.ts";
import { businessDateSchema } from "../../../events/ids.ts";

const DAY = businessDateSchema.parse("2026-02-07");

/** `Tokyo` of `Asia/Tokyo`. */
function city(timeZone: string): string {
  return timeZone.split("/").at(-1) ?? timeZone;
}

describe("the source system", () => {
  it("gives dumps and manifests their names", () => {
    const source = parseSource({ dumpName: "book_shop-1" });

    expect(source).toEqual({
      ...{ dumpName: "book_shop-1", mayBeEmpty: [] },
      ...{ timeZone: "Asia/Tokyo", schedule: "07:00", deadline: "08:00" },
    });
    expect(manifestKeyOf(source, DAY)).toBe("dumps-manifest/book_shop-1_20260207.json");
    expect(dateOfManifestKey(manifestKeyOf(source, DAY))).toBe(DAY);
    expect(dateOfManifestKey("dumps-manifest/book_shop-1_20261307.json")).toBeUndefined();
  });

  it.each([
    ["dumps/shop_20260207.sql.gz", DAY],
    ["shop_20260207053000.sql", DAY],
    ["20260101/shop_99999999_20260207.sql", DAY],
    ["shop.sql", undefined],
    ["shop_120260207.sql", undefined],
  ])("finds the date in the name of a dump: %s", (name, date) => {
    expect(dateInName(name)).toBe(date);
  });

  it.each<[string, unknown, string]>([
    ["is missing", undefined, "custom.source in serverless.yml: "],
    ["has no name", {}, "dumpName"],
    [
      "has a name that is no part of a key",
      { dumpName: "a/b" },
      "dumpName: expected letters, digits, hyphens, underscores",
    ],
    ["names no time zone", { dumpName: "a", timeZone: "Tokyo" }, "timeZone: expected the IANA name of a time zone"],
    ["has an offset for a time zone", { dumpName: "a", timeZone: "+09:00" }, "timeZone: expected the IANA name"],
    ["has a schedule that is no time", { dumpName: "a", schedule: "7:00" }, 'schedule: expected a time as "HH:MM"'],
    ["has an unknown field", { dumpName: "a", dumps: "b" }, "dumps"],
  ])("is refused when it %s", (_, source, message) => {
    expect(() => parseSource(source)).toThrow(message);
  });

  it("is named in serverless.yml only", async () => {
    const { dumpName, mayBeEmpty, timeZone } = await readSource();
    const names = new RegExp([dumpName, ...mayBeEmpty, String.raw`\+09:00|\bJST\b`, city(timeZone)].join("|"), "i");
    // the default time zone, the region of the prices, and a migration, which never changes
    const allowed = ["shared/ledger/schema/migrations.ts", "shared/time/time-zone.ts", "shared/console/data/prices.ts"];

    const files = globSync("{functions,shared,events,cli}/**/*.ts", { cwd: projectRoot });
    const naming = files.filter(
      (file) => !allowed.includes(file) && names.test(readFileSync(join(projectRoot, file), "utf8")),
    );

    expect(files.length).toBeGreaterThan(300);
    expect(naming).toEqual([]);
  });
});
