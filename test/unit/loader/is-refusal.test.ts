import { isRefusal } from "../../../shared/loader/load/is-refusal.ts";

const refusal = (errno: number, message = "no"): unknown => Object.assign(new Error(message), { errno });

describe("a refusal of the dump", () => {
  it.each([
    [1062, "Duplicate entry"],
    [1064, "syntax"],
    [1366, "Incorrect string value"],
    [3780, "incompatible columns"],
    [1005, 'Can\'t create table `x`.`t` (errno: 150 "Foreign key constraint is incorrectly formed")'],
  ])("is error %i: %s", (errno, message) => expect(isRefusal(refusal(errno, message))).toBe(true));

  it.each([
    [1005, 'Can\'t create table `x`.`t` (errno: 135 "No more room in record file")'],
    [1030, "Got error 28 from storage engine"],
    [1142, "CREATE command denied"],
    [1146, "the table was dropped by another session"],
    [1205, "lock wait timeout"],
    [1226, "max_questions"],
    [1290, "--read-only"],
    [3750, "sql_require_primary_key"],
    [4031, "inactivity"],
    [9999, "unknown"],
    [-104, "ECONNRESET of Node"],
  ])("is not error %i: %s", (errno, message) => expect(isRefusal(refusal(errno, message))).toBe(false));
});
