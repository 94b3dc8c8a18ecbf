import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { PermanentError, TransientError } from "../../../shared/errors/errors.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { generatedDocs } from "../../../local/write-docs.ts";
import { judge } from "../../../shared/errors/judge.ts";
import { lastAdvice } from "../../../shared/errors/last-advice.ts";
import { patternOf } from "../../../shared/errors/pattern-of.ts";
import { errorPatterns } from "../../../shared/errors/patterns.ts";
import { signsOf } from "../../../shared/errors/signs-of.ts";
import { retryDelaySeconds } from "../../../shared/runtime/retry-policy.ts";

const withErrno = (errno: number): Error => Object.assign(new Error("database says no"), { errno });
const patternNameOf = (error: unknown): string => patternOf(signsOf(error)).name;
const withCode = (code: string): Error => Object.assign(new Error("no"), { code });

/** An error as the AWS SDK raises it. */
const ofAws = (name: string, httpStatusCode: number, code?: string): Error =>
  Object.assign(new Error("UnknownError"), {
    name,
    ...(code !== undefined && { code }),
    $metadata: { httpStatusCode },
  });

describe("error patterns", () => {
  it.each([
    [1213, "deadlock", true],
    [1205, "lock-wait", true],
    [1040, "connections-exhausted", true],
    [2013, "connection-lost", true],
    [1317, "query-stopped", true],
    [1045, "credentials-refused", true],
    [1064, "sql-invalid", false],
    [1054, "sql-invalid", false],
    [1146, "table-mismatch", false],
    [1062, "duplicate-key", false],
    [1290, "read-only", true],
    [1792, "read-only", true],
    [1836, "read-only", true],
    [3032, "connection-lost", true],
    [4031, "connection-lost", true],
    [1226, "connections-exhausted", true],
    [1142, "database-right-missing", false],
    [1524, "login-method-refused", false],
    [2061, "login-method-refused", false],
    [3750, "server-setting", true],
    [3948, "server-setting", true],
    [1153, "server-setting", true],
    [4068, "storage-engine", true],
    [3699, "sql-invalid", false],
    [3780, "sql-invalid", false],
    [6125, "sql-invalid", false],
    [3854, "data-invalid", false],
    [3988, "data-invalid", false],
    [1021, "disk-full", true],
    [1114, "disk-full", true],
    [1038, "database-memory", true],
    [1194, "database-damaged", false],
    [1435, "trigger-in-the-way", false],
  ])("classifies database error %i as %s", (errno, name, isRetriable) => {
    expect(patternOf(signsOf(withErrno(errno)))).toMatchObject({ name, isRetriable });
  });

  it.each([
    ["ECONNREFUSED", "connection-lost"],
    ["CERT_HAS_EXPIRED", "tls-refused"],
    ["ThrottlingException", "aws-throttled"],
    ["ServiceUnavailable", "aws-unavailable"],
    ["ExpiredTokenException", "credentials-expired"],
    ["UnrecognizedClientException", "credentials-invalid"],
    ["RequestTimeTooSkewed", "clock-skew"],
    ["AccessDeniedException", "access-denied"],
    ["NoSuchKey", "object-missing"],
    ["QueueDoesNotExist", "resource-missing"],
    ["ENOSPC", "disk-full"],
    ["ENOMEM", "out-of-memory"],
    ["EMFILE", "files-exhausted"],
    ["EROFS", "file-forbidden"],
  ])("classifies code %s as %s", (code, name) => {
    expect(patternNameOf(withCode(code))).toBe(name);
  });

  it.each([
    ["1 node of silver failed. stg_rooms: 1054 (42S22): Unknown column 'room_no' in 'SELECT'", "sql-invalid"],
    ["Database Error in model stg_rooms\n  1213 (40001): Deadlock found when trying to get lock", "deadlock"],
    ["Database Error in model stg_rooms\n  (1205, 'Lock wait timeout exceeded')", "lock-wait"],
    ["Database Error\n  2003: Can't connect to MySQL server on '127.0.0.1:3306' (111)", "connection-lost"],
    ["Database Error in model stg_rooms\n  the server says something", "dbt-database-error"],
    ["Compilation Error in model stg_rooms: 'room' is undefined", "dbt-compilation"],
    [
      "Compilation Error\n  Model 'model.baton.x' depends on a node named 'stg_nothing' which was not found",
      "dbt-source-missing",
    ],
    [
      "Compilation Error in operation baton-on-run-start-2 (./dbt_project.yml)\n  The data to read is not as the models need it. Missing, or not to be seen by this user: staging.rooms.area",
      "dbt-input-missing",
    ],
    ["Runtime Error\n  Could not find profile named 'baton'", "dbt-unusable"],
    ["Traceback (most recent call last): ... MemoryError", "out-of-memory"],
    ["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "out-of-memory"],
    ["OSError: [Errno 28] No space left on device: '/tmp/target'", "disk-full"],
    ["Got error 28 from storage engine", "disk-full"],
    ["Got error 122 from storage engine", "storage-engine"],
    [`Can't create table \`x\`.\`t\` (errno: 135 "No more room in record file")`, "disk-full"],
    [`Can't create table \`x\`.\`t\` (errno: 150 "Foreign key constraint is incorrectly formed")`, "sql-invalid"],
    [`Can't create table \`x\`.\`t\` (errno: 168 "Unknown (generic) error from engine")`, "storage-engine"],
  ])("classifies the output of programs: %s", (text, name) => {
    expect(patternNameOf(new Error(text))).toBe(name);
  });

  it.each([
    [{ signal: "SIGKILL" }, "killed"],
    [{ signal: "SIGTERM" }, "stopped"],
    [{ signal: "SIGSEGV" }, "crashed"],
    [{ exitCode: 137 }, "killed"],
    [{ exitCode: 143 }, "stopped"],
    [{ exitCode: 134 }, "crashed"],
    [{ exitCode: 2 }, "dbt-crashed"],
  ])("classifies the end of a child process: %j", (end, name) => {
    expect(patternNameOf(Object.assign(new Error("dbt ended"), end))).toBe(name);
  });

  it("prefers the output of a child process to its exit code or signal", () => {
    const aborted = Object.assign(new Error("dbt was killed by SIGABRT: JavaScript heap out of memory"), {
      signal: "SIGABRT",
    });

    expect(patternNameOf(aborted)).toBe("out-of-memory");
  });

  it("distinguishes an unreachable AWS endpoint from an unreachable database", () => {
    expect(patternNameOf(ofAws("Error", 0, "ECONNREFUSED"))).toBe("aws-unreachable");
  });

  it("classifies an unnamed AWS error by its HTTP status", () => {
    expect(patternNameOf(ofAws("Unknown", 503))).toBe("aws-unavailable");
    expect(patternNameOf(ofAws("Unknown", 403))).toBe("access-denied");
    expect(patternNameOf(ofAws("Unknown", 418))).toBe("unknown");
  });

  it("is permanent if one of several failed nodes has a permanent error", () => {
    const both = "2 nodes failed. a: 1213 (40001): Deadlock found; b: 1054 (42S22): Unknown column 'x'";

    expect(judge(new Error(both))).toMatchObject({ pattern: "sql-invalid", error: { retriable: false } });
  });

  it("reads the causes of an error and the parts of an AggregateError", () => {
    expect(patternNameOf(new Error("load failed", { cause: withErrno(1213) }))).toBe("deadlock");
    expect(patternNameOf(new AggregateError([withCode("ECONNREFUSED")]))).toBe("connection-lost");
  });

  it("gives an error without a message the message of its cause", () => {
    const bare = new Error("", { cause: new AggregateError([withCode("ECONNREFUSED")]) });

    expect(judge(bare).error.message).toBe("no");
  });

  it("classifies an unknown error as transient", () => {
    expect(judge(new Error("never seen"))).toMatchObject({ pattern: "unknown", error: { retriable: true } });
    expect(judge("a string")).toMatchObject({ pattern: "unknown", error: { message: "a string" } });
  });

  it("keeps the verdict of errors that Baton raises", () => {
    expect(judge(new PermanentError("DUMP_STALE", "old")).error).toMatchObject({
      code: "DUMP_STALE",
      retriable: false,
    });
    expect(judge(new TransientError("BUSY", "wait", { retryAfterSeconds: 7 })).retryAfterSeconds).toBe(7);
  });

  it("has no sign in two patterns", () => {
    const signs = errorPatterns.flatMap(
      ({ sqlErrors = [], codes = [], isOfAws, signals = [], exitCodes = [], httpStatuses = [] }) => [
        ...sqlErrors.map((number) => `error ${number}`),
        ...codes.map((code) => `${isOfAws === true ? "aws " : ""}${code}`),
        ...signals,
        ...exitCodes.map((code) => `exit ${code}`),
        ...httpStatuses.map((status) => `http ${status}`),
      ],
    );

    expect(signs.filter((sign, index) => signs.indexOf(sign) !== index)).toEqual([]);
  });

  it("has a unique name and a next step for each", () => {
    const names = errorPatterns.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    for (const { advice, meaning } of errorPatterns) {
      expect(meaning.length).toBeGreaterThan(10);
      expect(advice.length).toBeGreaterThan(20);
    }
  });

  it("promises no retry after the last attempt", () => {
    for (const advice of errorPatterns.map((pattern) => lastAdvice(pattern.advice))) {
      expect(advice.replace("The retries did not help.", "")).not.toMatch(/retr(?:y|ies|ied)\b/);
    }
  });

  it("matches docs/errors.md (npm run docs)", () => {
    for (const [path, content] of generatedDocs()) {
      expect(readFileSync(join(projectRoot, path), "utf8")).toBe(content);
    }
  });

  it("finds every pattern by each of its signs", () => {
    const numbers = errorPatterns.flatMap((pattern) =>
      (pattern.sqlErrors ?? []).map((number) => ({ pattern, error: withErrno(number) })),
    );
    const codes = errorPatterns
      .filter(({ isOfAws }) => isOfAws !== true)
      .flatMap((pattern) => (pattern.codes ?? []).map((code) => ({ pattern, error: withCode(code) })));
    for (const { pattern, error } of [...numbers, ...codes]) expect(patternNameOf(error)).toBe(pattern.name);
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

  it("never shortens the delay from one failure to the next, and never exceeds the maximum of SQS", () => {
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
