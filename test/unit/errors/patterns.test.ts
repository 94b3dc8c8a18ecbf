import fc from "fast-check";
import { PermanentError, TransientError } from "../../../shared/errors/errors.ts";
import { judge, patternOf } from "../../../shared/errors/judge.ts";
import { errorPatterns } from "../../../shared/errors/patterns.ts";
import { retryDelaySeconds } from "../../../shared/errors/retry-policy.ts";

const withErrno = (errno: number): Error => Object.assign(new Error("database says no"), { errno });
const withCode = (code: string): Error => Object.assign(new Error("no"), { code });

describe("error patterns", () => {
  it.each([
    [1213, "deadlock", true],
    [1205, "deadlock", true],
    [2013, "connection-lost", true],
    [1064, "sql-invalid", false],
    [1054, "sql-invalid", false],
    [1146, "sql-invalid", false],
    [1062, "data-invalid", false],
    [1290, "read-only", false],
    [1142, "access-denied", false],
    [1021, "disk-full", true],
    [1435, "trigger-in-the-way", false],
  ])("reads MySQL error %i as %s", (errno, name, isRetriable) => {
    expect(patternOf(withErrno(errno))).toMatchObject({ name, isRetriable });
  });

  it.each([
    ["ECONNREFUSED", "connection-lost"],
    ["ThrottlingException", "aws-throttled"],
    ["ExpiredTokenException", "credentials-expired"],
    ["AccessDeniedException", "access-denied"],
    ["NoSuchKey", "object-missing"],
    ["ENOSPC", "disk-full"],
    ["CHILD_KILLED", "killed"],
  ])("reads code %s as %s", (code, name) => {
    expect(patternOf(withCode(code)).name).toBe(name);
  });

  it("finds the database's own error in what dbt prints", () => {
    const error = new Error("1 nodes of silver failed. stg_rooms: 1054 (42S22): Unknown column 'room_no' in 'SELECT'");

    expect(judge(error)).toMatchObject({ pattern: "sql-invalid", error: { retriable: false } });
  });

  it("looks through causes", () => {
    expect(patternOf(new Error("load failed", { cause: withErrno(1213) })).name).toBe("deadlock");
  });

  it("takes what it does not know for passing", () => {
    expect(judge(new Error("never seen"))).toMatchObject({ pattern: "unknown", error: { retriable: true } });
    expect(judge("a string")).toMatchObject({ pattern: "unknown", error: { message: "a string" } });
  });

  it("leaves the verdict to errors that Baton raised itself", () => {
    expect(judge(new PermanentError("DUMP_STALE", "old")).error).toMatchObject({
      code: "DUMP_STALE",
      retriable: false,
    });
    expect(judge(new TransientError("BUSY", "wait", { retryAfterSeconds: 7 })).retryAfterSeconds).toBe(7);
  });

  it("claims no sign for two patterns", () => {
    const signs = errorPatterns.flatMap(({ sqlErrors = [], codes = [] }) => [...sqlErrors.map(String), ...codes]);

    expect(signs.filter((sign, index) => signs.indexOf(sign) !== index)).toEqual([]);
  });

  it("spreads short delays between 5 and 20 seconds", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const { retryAfterSeconds } = judge(withErrno(1213), () => random);
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(5);
        expect(retryAfterSeconds).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe("retry policy", () => {
  const staging = { name: "staging", isLast: false, retries: 2, retryIntervalSeconds: 300, backoff: 2 };
  const silver = { name: "silver", isLast: false, retries: 3, retryIntervalSeconds: 60, backoff: 1.5 };

  it("waits 300 and 600 seconds for staging, 60, 90 and 135 for silver", () => {
    expect([1, 2].map((failures) => retryDelaySeconds(staging, failures, 1))).toEqual([300, 600]);
    expect([1, 2, 3].map((failures) => retryDelaySeconds(silver, failures, 1))).toEqual([60, 90, 135]);
  });

  it("never falls from one failure to the next and never exceeds what SQS takes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        (failures, scale) => {
          const [now, next] = [failures, failures + 1].map((n) => retryDelaySeconds(staging, n, scale));
          expect(next).toBeGreaterThanOrEqual(now ?? 0);
          expect(next).toBeLessThanOrEqual(43_200);
        },
      ),
    );
  });
});
