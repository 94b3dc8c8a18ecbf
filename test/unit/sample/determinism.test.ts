import { createHash } from "node:crypto";
import fc from "fast-check";
import { generateSample, sampleDays, type SampleOptions } from "../../../local/sample/sample.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import type { Sample } from "../../../local/sample/sample.ts";

const options: SampleOptions = { sizeBytes: 1_200_000, seed: 7, date: "2026-02-07" };

function sumOf(sample: Sample): string {
  const hash = createHash("sha256");
  for (const chunk of dumpChunks(sample)) hash.update(chunk);
  return hash.digest("hex");
}

describe("the same options", () => {
  it("give the same bytes", () => {
    expect(sumOf(generateSample(options))).toBe(sumOf(generateSample(options)));
  });

  it("give the same bytes on every machine and every Node version", () => {
    // a fixed value: only an intended change of the generator may change it
    expect(sumOf(generateSample({ sizeBytes: 1_000_000, seed: 7, date: "2026-02-07" }))).toMatchInlineSnapshot(
      `"6d127e57e95ba6000c9b693a4b6b86d2f3f65c3750f0c5ef4fda5bab0b79f688"`,
    );
  });

  it("give other bytes with another seed", () => {
    expect(sumOf(generateSample({ ...options, seed: 8 }))).not.toBe(sumOf(generateSample(options)));
  });

  it("give the same day, evolved or generated directly", () => {
    const days = [...sampleDays({ ...options, days: 3 })].length;
    const evolved: string[] = [];
    for (const sample of sampleDays({ ...options, days })) evolved.push(sumOf(sample));

    const asked = [0, 1, 2].map((day) => sumOf(generateSample({ ...options, day })));

    expect(evolved).toEqual(asked);
    expect(new Set(asked).size).toBe(3);
  });
});

describe("any seed and date", () => {
  it("give a dump of about the requested size", () => {
    const day = fc.date({ min: new Date("2015-01-01"), max: new Date("2035-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), day, fc.constantFrom(1_000_000, 2_500_000), (seed, date, sizeBytes) => {
        const sample = generateSample({ seed, date: date.toISOString().slice(0, 10), sizeBytes });
        let bytes = 0;
        for (const chunk of dumpChunks(sample)) bytes += chunk.length;

        expect(Math.abs(bytes / sizeBytes - 1)).toBeLessThan(0.08);
      }),
      { numRuns: 6 },
    );
  });
});

describe("a sample that has advanced to a later day", () => {
  it("refuses to create rows of another day", () => {
    const kept: Sample[] = [];
    for (const sample of sampleDays({ ...options, days: 2 })) kept.push(sample);

    expect(() => [...(kept[0]?.tenants() ?? [])]).toThrow("the sample has advanced past 2026-02-07");
    expect([...(kept[1]?.tenants() ?? [])].length).toBeGreaterThan(100);
  });
});
