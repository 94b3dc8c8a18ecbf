import { passedDeadline } from "../../../shared/time/passed-deadline.ts";

describe("passedDeadline", () => {
  it.each([
    // Tokyo is nine hours ahead: 08:00 there is 23:00 UTC of the day before
    ["2026-02-06T22:59:59.999Z", "2026-02-06"],
    ["2026-02-06T23:00:00.000Z", "2026-02-07"],
    ["2026-02-07T14:59:59.000Z", "2026-02-07"],
    // midnight in Tokyo: yesterday's run is still the current one
    ["2026-02-07T15:00:00.000Z", "2026-02-07"],
    ["2026-02-28T23:00:00.000Z", "2026-03-01"],
  ])("at %s it is the deadline of %s", (now, businessDate) => {
    expect(passedDeadline("08:00", new Date(now))).toEqual({
      businessDate,
      at: new Date(`${businessDate}T08:00:00+09:00`),
    });
  });
});
