import { benchPage } from "../../bench/bench-page.ts";

describe("npm run bench -- page", () => {
  it("times a page from the start of its navigation until its charts are painted", async () => {
    const result = await benchPage(2, 1);

    const { long, short } = result;
    expect([long.runs, short.runs]).toEqual([2, 30]);
    expect(short.bytes).toBeGreaterThan(long.bytes);
    for (const { loadedMs, wholeMs, phoneWholeMs } of [long, short]) {
      expect(loadedMs).toBeGreaterThan(1);
      expect(wholeMs).toBeGreaterThan(1);
      expect(phoneWholeMs).toBeGreaterThan(1);
    }
  }, 60_000);
});
