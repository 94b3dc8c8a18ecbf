import { deadlineOf } from "../../../shared/runtime/layer-handler.ts";

describe("the deadline of a layer", () => {
  it.each([
    ["60 seconds before a timeout of 15 minutes", 900_000, 840_000],
    ["an eighth of the time before a short timeout", 48_000, 42_000],
  ])("is %s", (_, remainingMs, expected) => {
    expect(deadlineOf(remainingMs, 0).getTime()).toBe(expected);
  });
});
