import type { ConnectionRecord, SeenConnections } from "../../../shared/copy/connection-record.ts";
import { judgeRetirement, type RetirementRule } from "../../../shared/copy/judge-retirement.ts";

const DAY_MS = 86_400_000;
const day = (number: number): Date => new Date(Date.UTC(2026, 0, 1) + number * DAY_MS);
const record = (counts: Record<string, number>, started = -100): ConnectionRecord => ({
  ...{ source: "accounts", startedAt: day(started).toISOString(), counts },
});
const AT_SWITCH = record({ "bi@10.0.0.1": 7, "admin@desk": 2 });

interface JudgeOptions {
  recordedOn?: number;
  before?: ConnectionRecord | null;
  rule?: Partial<RetirementRule>;
}

/** The judgement at a day; the switch is on day 0. */
const judge = (
  at: number,
  seen: Partial<SeenConnections>,
  { recordedOn = 0, before = AT_SWITCH, rule = {} }: JudgeOptions = {},
): unknown => {
  const state = { retiredTo: "new:3306", ...(before !== null && { connections: before }) };
  const { problem, quietSince, startsAgain } = judgeRetirement(
    { identity: "x", retiredAt: day(0), last: { at: day(recordedOn), state } },
    { now: day(at), record: AT_SWITCH, sessions: [], own: "admin@desk", ...seen },
    { afterMs: 30 * DAY_MS, ignored: [], ...rule },
  );
  return { code: problem?.code, message: problem?.message, advice: problem?.advice, quietSince, startsAgain };
};

describe("judgeRetirement", () => {
  it("allows the removal when nobody but the asking account has connected for the whole time", () => {
    const own = record({ "bi@10.0.0.1": 7, "admin@desk": 9 });

    expect(judge(30, { record: own })).toMatchObject({ code: undefined, quietSince: day(0), startsAgain: false });
  });

  it("refuses before the time has passed, and says when it has", () => {
    expect(judge(29, {})).toMatchObject({
      code: "RETIRE_TOO_EARLY",
      advice: expect.stringContaining("2026-01-31T00:00:00Z") as string,
      startsAgain: false,
    });
  });

  it.each([
    ["more often than before", record({ "bi@10.0.0.1": 9 }), "bi@10.0.0.1 (2)"],
    ["for the first time", record({ "bi@10.0.0.1": 7, "app@10.0.0.2": 1 }), "app@10.0.0.2 (1)"],
    ["after somebody reset the counts", record({ "bi@10.0.0.1": 3 }), "bi@10.0.0.1 (3)"],
    ["after a restart, as often as before", record({ "bi@10.0.0.1": 7 }, 3), "bi@10.0.0.1 (7)"],
    ["with the asking user from another host", record({ "admin@other": 1 }), "admin@other (1)"],
  ])("names an account that has connected %s, and the time starts again", (_when, counts, named) => {
    expect(judge(60, { record: counts })).toMatchObject({
      code: "RETIRE_IN_USE",
      message: `connected since 2026-01-01T00:00:00Z: ${named}`,
      startsAgain: true,
    });
  });

  it("counts the time from a record of connections that it refused", () => {
    const options = { recordedOn: 40, before: record({ "bi@10.0.0.1": 9 }) };

    expect(judge(69, { record: options.before }, options)).toMatchObject({ code: "RETIRE_TOO_EARLY" });
    expect(judge(70, { record: options.before }, options)).toMatchObject({ code: undefined, quietSince: day(40) });
  });

  it("counts the time from a restart, because the server does not know who had connected before", () => {
    const restarted = record({ "admin@desk": 1 }, 20);

    expect(judge(49, { record: restarted })).toMatchObject({
      code: "RETIRE_TOO_EARLY",
      message: expect.stringContaining("restarted at 2026-01-21T00:00:00Z") as string,
    });
    expect(judge(50, { record: restarted })).toMatchObject({ code: undefined, quietSince: day(20) });
  });

  it("refuses while others are connected, unless they are ignored", () => {
    const seen = { sessions: ["probe@10.0.0.9"], record: record({ "bi@10.0.0.1": 7, "probe@10.0.0.9": 50 }) };

    expect(judge(60, seen)).toMatchObject({ code: "RETIRE_IN_USE", message: "connected now: probe@10.0.0.9" });
    expect(judge(60, seen, { rule: { ignored: ["probe"] } })).toMatchObject({ code: undefined });
    expect(judge(60, seen, { rule: { ignored: ["probe@10.0.0.9"] } })).toMatchObject({ code: undefined });
  });

  it("does not guess where a server keeps no counts, and starts the time when it begins to", () => {
    const none = record({});
    none.source = "none";

    expect(judge(60, { record: none })).toMatchObject({ code: "RETIRE_UNKNOWN", startsAgain: false });
    expect(judge(60, {}, { before: none })).toMatchObject({ code: "RETIRE_UNKNOWN", startsAgain: true });
    expect(judge(60, {}, { before: null })).toMatchObject({ code: "RETIRE_UNKNOWN", startsAgain: true });
  });

  it("leaves out the asking user where counts are by user", () => {
    const users = (counts: Record<string, number>): ConnectionRecord => ({ ...record(counts), source: "users" });
    const before = users({ admin: 1, bi: 1 });

    expect(judge(60, { record: users({ admin: 5, bi: 1 }) }, { before })).toMatchObject({ code: undefined });
    expect(judge(60, { record: users({ admin: 5, bi: 2 }) }, { before })).toMatchObject({ code: "RETIRE_IN_USE" });
  });
});
