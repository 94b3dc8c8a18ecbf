import type { Connection, RowDataPacket } from "mysql2/promise";
import { shortMessage } from "./read-run.ts";
import type { QualityOfRun, ReportedTest } from "./report.ts";

interface TestRow extends RowDataPacket {
  run_id: string;
  layer: string;
  test_id: string;
  test: string;
  model: string;
  column_name: string;
  severity: string;
  status: string;
  failures: number | null;
  message: string | null;
}

/** Results of data tests in the runs of the trends. */
export interface TestTrends {
  /** One entry per run with results, in the order of the runs. */
  counts: QualityOfRun[];
  /** The tests that did not pass in one of the runs; currently failing tests come first. */
  notPassed: ReportedTest[];
}

/** Failed tests first, then those that could not run, then accepted ones and warnings. */
const ORDER = ["fail", "error", "accepted", "warn", "skipped", "pass"];

const didNotPass = ({ status }: { status: string }): boolean => status !== "pass" && status !== "skipped";

/** Reads the newest result of every data test in each run, because a retried attempt repeats only some of them. */
export async function readTests(connection: Connection, trendRuns: readonly string[]): Promise<TestTrends> {
  if (trendRuns.length === 0) return { counts: [], notPassed: [] };
  const [rows] = await connection.query<TestRow[]>(
    `SELECT run_id, layer, test_id, test, model, column_name, severity, status, failures, message FROM quality_result
      WHERE run_id IN (?) ORDER BY attempt`,
    [trendRuns],
  );
  const newest = new Map(rows.map((row) => [[row.run_id, row.layer, row.test_id].join("\n"), row]));
  const results = [...newest.values()];
  const ofRun = Map.groupBy(results, ({ run_id }) => run_id);
  const ofTest = Map.groupBy(results, ({ layer, test_id: id }) => `${layer}\n${id}`);
  return {
    counts: trendRuns.flatMap((runId) => countsOf(runId, ofRun.get(runId) ?? [])),
    notPassed: [...ofTest.values()]
      .filter((ofOne) => ofOne.some(didNotPass))
      .flatMap((ofOne) => trendOf(ofOne, trendRuns))
      .sort(byUrgency),
  };
}

function countsOf(runId: string, results: readonly TestRow[]): QualityOfRun[] {
  if (results.length === 0) return [];
  const count = (...statuses: string[]): number => results.filter(({ status }) => statuses.includes(status)).length;
  const [failed, warned] = [count("fail", "error"), count("warn", "accepted")];
  return [{ runId, passed: count("pass"), warned, failed }];
}

function trendOf(results: readonly TestRow[], trendRuns: readonly string[]): ReportedTest[] {
  const byRun = new Map(results.map((result) => [result.run_id, result]));
  const last = trendRuns.findLast((run) => byRun.has(run));
  const latest = last === undefined ? undefined : byRun.get(last);
  if (latest === undefined) return [];
  const { layer, test, model, column_name: column, severity, status, failures, message } = latest;
  return [
    {
      layer,
      test,
      model: column === "" ? model : `${model}.${column}`,
      severity,
      status,
      failures: failures === null ? null : Number(failures),
      message: message === null ? null : shortMessage(message),
      trend: trendRuns.map((run) => byRun.get(run)?.status ?? null),
    },
  ];
}

/** True when the reported run did not run the test: the result is from the last run that did. */
export function wasNotRun({ trend }: ReportedTest): boolean {
  return trend.at(-1) === null;
}

/** True for a warning of the reported run that the previous run with this test did not have. */
export function isNewWarning({ trend, status }: ReportedTest): boolean {
  if (trend.at(-1) === null || (status !== "warn" && status !== "accepted")) return false;
  const before = trend.slice(0, -1).findLast((result) => result !== null && result !== "skipped");
  return before === undefined || before === "pass";
}

/** Findings of the reported run come before findings of earlier runs only. */
function byUrgency(a: ReportedTest, b: ReportedTest): number {
  return (
    Number(wasNotRun(a)) - Number(wasNotRun(b)) ||
    ORDER.indexOf(a.status) - ORDER.indexOf(b.status) ||
    (b.failures ?? 0) - (a.failures ?? 0) ||
    a.test.localeCompare(b.test)
  );
}
