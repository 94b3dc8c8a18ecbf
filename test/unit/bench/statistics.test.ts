import { linearFit, median } from "../../bench/statistics.ts";

describe("median", () => {
  it("is the middle value, whatever the order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it("is the mean of the two in the middle", () => {
    expect(median([1, 10, 2, 4])).toBe(3);
  });
});

describe("linearFit", () => {
  it("fits points on a line exactly", () => {
    const fit = linearFit([0, 1, 4, 10].map((x) => ({ x, y: 3 + 2 * x })));

    expect(fit.slope).toBeCloseTo(2);
    expect(fit.intercept).toBeCloseTo(3);
    expect(fit.r2).toBeCloseTo(1);
  });

  it("distinguishes quadratic growth from linear growth", () => {
    expect(linearFit([1, 2, 4, 6, 8, 10].map((x) => ({ x, y: x * x }))).r2).toBeLessThan(0.99);
  });
});
