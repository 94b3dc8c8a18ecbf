import fc from "fast-check";
import { followHistory, HISTORY_RUNS, type PastRun } from "../../../shared/errors/history.ts";
import { judge, type Verdict } from "../../../shared/errors/judge.ts";

const NAMES = ["stg_rooms", "stg_tenants", "int_contracts"];
const NUMBERS = [1213, 1205, 1114];

/** A verdict on a model that the database rejected. */
function verdictOn(subjects: string[], errno: number): Verdict {
  return judge(Object.assign(new Error("database says no"), { errno, code: "ER", subjects }));
}
function pastRun(n: number, subjects: string[], errno: number, isCompleted = false): PastRun {
  const { pattern, error, databaseError = null } = verdictOn(subjects, errno);
  return { runId: `run-${n}`, isCompleted, failures: [{ pattern, code: error.code, databaseError, subjects }] };
}

describe("history", () => {
  const past = [pastRun(2, ["stg_rooms"], 1213), pastRun(1, ["stg_rooms"], 1213)];

  it("sends the third consecutive run with the same error to the DLQ, with the reason", () => {
    const { stopsRetries, verdict } = followHistory(verdictOn(["stg_rooms"], 1213), "silver", past);

    expect(stopsRetries).toBe(true);
    expect(verdict.error.message).toMatch(/^stg_rooms has failed .*deadlock.* run-1, run-2 .*database says no$/);
    expect(verdict.error.message.indexOf("run-2")).toBeLessThan(1_000);
    expect(verdict.error).toMatchObject({ retriable: true, code: "ER" });
  });

  it.each([
    ["another model", verdictOn(["stg_tenants"], 1213), past],
    ["another error", verdictOn(["stg_rooms"], 1205), past],
    ["an error without a model", verdictOn([], 1213), [pastRun(2, [], 1213), pastRun(1, [], 1213)]],
    ["too few earlier runs", verdictOn(["stg_rooms"], 1213), past.slice(1)],
    ["a completed run in between", verdictOn(["stg_rooms"], 1213), [pastRun(2, ["stg_rooms"], 1213, true), ...past]],
    [
      "a run in between that failed in another way",
      verdictOn(["stg_rooms"], 1213),
      [pastRun(2, ["stg_rooms"], 1114), ...past],
    ],
  ])("does not change the verdict for %s", (_, verdict, runs) => {
    expect(followHistory(verdict, "silver", runs)).toEqual({ verdict, stopsRetries: false });
  });

  it("finds the model that always fails among others", () => {
    const runs = [pastRun(2, ["int_contracts", "stg_rooms"], 1213), pastRun(1, ["stg_rooms", "stg_tenants"], 1213)];

    expect(followHistory(verdictOn(["stg_tenants", "stg_rooms"], 1213), "silver", runs)).toMatchObject({
      stopsRetries: true,
      verdict: { error: { message: expect.stringMatching(/^stg_rooms has failed/) as string } },
    });
  });

  const subjects = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 });
  const number = fc.constantFrom(...NUMBERS);
  const run = fc.tuple(fc.nat(), subjects, number, fc.boolean()).map((parts) => pastRun(...parts));

  it("stops retries exactly when one model failed in the same way in each of the last runs and none completed", () => {
    fc.assert(
      fc.property(subjects, number, fc.array(run, { maxLength: 5 }), (names, errno, runs) => {
        const before = runs.slice(0, HISTORY_RUNS - 1);
        const isExpected =
          before.length === HISTORY_RUNS - 1 &&
          before.every(({ isCompleted }) => !isCompleted) &&
          names.some((name) =>
            before.every(({ failures }) =>
              failures.some((failure) => failure.databaseError === errno && failure.subjects.includes(name)),
            ),
          );

        expect(followHistory(verdictOn(names, errno), "silver", runs).stopsRetries).toBe(isExpected);
      }),
    );
  });

  it("never makes a permanent error transient, and keeps the error's message", () => {
    fc.assert(
      fc.property(
        subjects,
        fc.constantFrom(...NUMBERS, 1054),
        fc.array(run, { maxLength: 5 }),
        (names, errno, runs) => {
          const before = verdictOn(names, errno);
          const { verdict } = followHistory(before, "silver", runs);

          expect(verdict.error.retriable).toBe(before.error.retriable);
          expect(verdict.error.message).toContain(before.error.message);
        },
      ),
    );
  });
});
