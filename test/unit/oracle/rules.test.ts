import fc from "fast-check";
import {
  ageAt,
  cleanBirthDate,
  cleanDate,
  daysBetween,
  minusMonths,
  monthsBetween,
  plusDays,
  tokyoDayOf,
} from "../../oracle/dates.ts";
import { ageGroup, rentRange, tenureCategory } from "../../oracle/gold/buckets.ts";
import { average } from "../../oracle/gold/run.ts";
import { contractTenantType, genders, labelsOf } from "../../oracle/code-lists.ts";
import { cleanText } from "../../oracle/texts.ts";

describe("clean_text", () => {
  it.each([
    ["", null],
    ["--", null],
    ["NULL", null],
    ["nUlL", null],
    [" \t--\r\n", null],
    ["\u3000null\u3000", null],
    ["---", "---"],
    ["- -", "- -"],
    [" a\u3000b\n", "a\u3000b"],
    ["\u00a0", "\u00a0"],
    [null, null],
  ])("%j gives %j", (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });
});

describe("clean_date", () => {
  it.each([
    ["0000-00-00", null],
    ["2024-00-10", null],
    ["2024-02-00", null],
    ["0000-00-00 00:00:00", null],
    ["2024-02-29 23:59:59", "2024-02-29"],
    ["2302-01-28", "2302-01-28"],
    [null, null],
  ])("%s gives %s", (date, expected) => {
    expect(cleanDate(date)).toBe(expected);
  });

  it.each([
    ["1900-01-01", null],
    ["1900-01-02", "1900-01-02"],
    ["2026-02-07", "2026-02-07"],
    ["2026-02-08", null],
  ])("a birth on %s gives %s", (date, expected) => {
    expect(cleanBirthDate(date, "2026-02-07")).toBe(expected);
  });
});

describe("age_at", () => {
  it.each([
    ["2026-02-07", "2001-02-07", 25],
    ["2026-02-06", "2001-02-07", 24],
    ["2025-02-28", "2000-02-29", 24],
    ["2025-03-01", "2000-02-29", 25],
    ["2024-02-29", "2000-02-29", 24],
    ["2020-05-01", "1900-05-01", 120],
    ["2021-05-01", "1900-05-01", null],
    ["2019-12-31", "2020-01-01", null],
  ])("on %s, born %s, is %s", (day, birth, expected) => {
    expect(ageAt(day, birth, 50)).toBe(expected);
  });

  it.each([
    [0, 0],
    [120, 120],
    [121, null],
    [-1, null],
    [null, null],
  ])("without a birth date takes the source's %s as %s", (source, expected) => {
    expect(ageAt("2026-02-07", null, source)).toBe(expected);
  });
});

describe("completed months", () => {
  it.each([
    ["2025-01-31", "2025-02-28", 0],
    ["2025-01-31", "2025-03-31", 2],
    ["2025-01-31", "2025-03-30", 1],
    ["2024-08-07", "2025-02-07", 6],
    ["2024-08-07", "2025-02-06", 5],
    ["2025-02-07", "2025-02-07", 0],
    ["2024-02-29", "2025-02-28", 11],
  ])("from %s to %s are %i", (from, to, expected) => {
    expect(monthsBetween(from, to)).toBe(expected);
  });
});

describe("24 months before", () => {
  it.each([
    ["2026-02-07", "2024-02-07"],
    ["2024-02-29", "2022-02-28"],
    ["2026-02-28", "2024-02-28"],
    ["2025-12-31", "2023-12-31"],
  ])("%s is %s", (day, expected) => {
    expect(minusMonths(day, 24)).toBe(expected);
  });
});

describe("days", () => {
  it("count from one to the other, also beyond the year 2300", () => {
    expect(daysBetween("2026-02-07", "2026-02-07")).toBe(0);
    expect(daysBetween("2026-02-07", "2302-01-28")).toBe(100_796);
    expect(plusDays("2024-02-28", 2)).toBe("2024-03-01");
  });

  it("are Tokyo's: 15:00 UTC is the next one", () => {
    expect(tokyoDayOf("2026-02-06 14:59:59")).toBe("2026-02-06");
    expect(tokyoDayOf("2026-02-06 15:00:00")).toBe("2026-02-07");
    expect(tokyoDayOf(null)).toBeNull();
  });

  it("go back as they went forth", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -20_000, max: 100_000 }),
        fc.integer({ min: -5_000, max: 5_000 }),
        (start, days) => {
          const day = plusDays("2000-01-01", start);

          expect(daysBetween(day, plusDays(day, days))).toBe(days);
        },
      ),
    );
  });
});

describe("buckets hold their lower edge", () => {
  it.each([
    [null, "Unknown", 6],
    [-1, "Unknown", 6],
    [0, "Unknown", 6],
    [1, "Under 50K", 1],
    [49_999, "Under 50K", 1],
    [50_000, "50K-70K", 2],
    [69_999, "50K-70K", 2],
    [70_000, "70K-100K", 3],
    [99_999, "70K-100K", 3],
    [100_000, "100K-150K", 4],
    [149_999, "100K-150K", 4],
    [150_000, "150K+", 5],
  ])("rent %s is %s, order %i", (rent, range, order) => {
    expect(rentRange(rent)).toEqual({ range, order });
  });

  it.each([
    [null, "Unknown"],
    [24, "Under 25"],
    [25, "25-34"],
    [34, "25-34"],
    [35, "35-44"],
    [44, "35-44"],
    [45, "45-54"],
    [54, "45-54"],
    [55, "55+"],
  ])("age %s is %s", (age, expected) => {
    expect(ageGroup(age)).toBe(expected);
  });

  it.each([
    [null, "Unknown"],
    [0, "Short (<6mo)"],
    [5, "Short (<6mo)"],
    [6, "Medium (6-12mo)"],
    [11, "Medium (6-12mo)"],
    [12, "Long (1-2yr)"],
    [23, "Long (1-2yr)"],
    [24, "Very Long (2yr+)"],
  ])("%s months are %s", (months, expected) => {
    expect(tenureCategory(months)).toBe(expected);
  });
});

describe("averages", () => {
  it.each([
    [[], null],
    [[1, 2], 1.5],
    [[1, 1, 2], 1.33],
    [[1, 2, 2], 1.67],
    [[0.01, 0.02], 0.02],
    [[0, 0, 0, 0, 0, 0, 0, 1], 0.13],
  ])("of %j are %s, rounded half up", (values, expected) => {
    expect(average(values)).toBe(expected);
  });
});

describe("codes", () => {
  it("outside their list are Unknown with the code, and NULL has no label", () => {
    expect(labelsOf(genders, 2)).toEqual({ ja: "女性", en: "Female" });
    expect(labelsOf(genders, 9)).toEqual({ ja: "Unknown (9)", en: "Unknown (9)" });
    expect(labelsOf(genders, null)).toEqual({ ja: null, en: null });
  });

  it.each([
    [1, "individual"],
    [2, "corporate"],
    [3, "corporate"],
    [4, "unknown"],
    [7, "individual"],
    [10, "unknown"],
    [null, "unknown"],
  ])("of contract type %s make the tenant %s", (code, expected) => {
    expect(contractTenantType(code)).toBe(expected);
  });
});
