import type { Pool, RowDataPacket } from "mysql2/promise";
import type { TestStatus } from "../records/quality.ts";
import { NEWEST_FIRST } from "./newest-first.ts";

/** A test's newest result in a run. */
export interface TestResult {
  layer: string;
  attempt: number;
  /** Unique ID; the name of the test need not be unique. */
  id: string;
  test: string;
  model: string;
  /** Empty for a test of the whole table. */
  column: string;
  severity: "warn" | "error";
  status: TestStatus;
  failures: number;
  message: string | null;
}

/** Number of tests of a run by result, over all its layers. */
interface RunQuality {
  runId: string;
  businessDate: string;
  passed: number;
  warned: number;
  failed: number;
  accepted: number;
}

/** Results of one test over the newest runs. */
export interface TestHistory {
  layer: string;
  id: string;
  test: string;
  model: string;
  column: string;
  /** Newest run first; runs in which the test did not run are left out. */
  results: { runId: string; businessDate: string; status: TestStatus; failures: number }[];
}

/** Quality over time: counts of each run, and each test that did not always pass, most failures first. */
export interface QualityHistory {
  /** Newest first. */
  runs: RunQuality[];
  tests: TestHistory[];
}

interface ResultRow extends RowDataPacket {
  run_id: string;
  business_date: string;
  layer: string;
  attempt: number;
  test_id: string;
  test: string;
  model: string;
  column_name: string;
  severity: "warn" | "error";
  status: TestStatus;
  failures: number | null;
  message: string | null;
}

/** The newest result of each test of a run: a retry repeats only some of the tests. */
const NEWEST = `SELECT result.*, run.business_date, run.seq FROM quality_result AS result
    JOIN run ON run.run_id = result.run_id
    WHERE result.attempt = (SELECT MAX(attempt) FROM quality_result AS later
      WHERE later.run_id = result.run_id AND later.layer = result.layer AND later.test_id = result.test_id)`;

const BY_URGENCY = `FIELD(result.status, 'fail', 'error', 'accepted', 'warn', 'skipped', 'pass'), result.layer, result.test, result.test_id`;

/** Reads the newest result of every test of a run, the failed ones first. */
export async function readQuality(pool: Pool, runId: string): Promise<TestResult[]> {
  const [rows] = await pool.query<ResultRow[]>(`${NEWEST} AND result.run_id = ? ORDER BY ${BY_URGENCY}`, [runId]);
  return rows.map((row) => ({
    layer: row.layer,
    attempt: row.attempt,
    id: row.test_id,
    test: row.test,
    model: row.model,
    column: row.column_name,
    severity: row.severity,
    status: row.status,
    failures: Number(row.failures ?? 0),
    message: row.message,
  }));
}

/** The run that started last of those with results; undefined when there is none. */
export async function newestCheckedRun(pool: Pool): Promise<string | undefined> {
  const [[row]] = await pool.query<(RowDataPacket & { run_id: string })[]>(
    `SELECT run.run_id FROM run
      WHERE EXISTS (SELECT 1 FROM quality_result WHERE quality_result.run_id = run.run_id)
      ORDER BY ${NEWEST_FIRST} LIMIT 1`,
  );
  return row?.run_id;
}

/**
 * Reads the results of the tests over the newest runs.
 *
 * @param runs how many runs
 */
export async function readQualityHistory(pool: Pool, runs: number): Promise<QualityHistory> {
  const newestRuns = "(SELECT run_id FROM (SELECT run_id FROM run ORDER BY seq DESC LIMIT ?) AS newest)";
  const [counts] = await pool.query<
    (RowDataPacket & { run_id: string; business_date: string; status: TestStatus; n: number })[]
  >(
    `SELECT run_id, business_date, seq, status, COUNT(*) AS n FROM (${NEWEST}) AS result
      WHERE run_id IN ${newestRuns} GROUP BY run_id, business_date, seq, status ORDER BY seq DESC`,
    [runs],
  );
  const [rows] = await pool.query<ResultRow[]>(
    `SELECT * FROM (${NEWEST}) AS result WHERE run_id IN ${newestRuns}
      AND (layer, test_id) IN (SELECT layer, test_id FROM quality_result WHERE status <> 'pass' AND run_id IN ${newestRuns})
      ORDER BY seq DESC`,
    [runs, runs],
  );
  const byRun = Map.groupBy(counts, ({ run_id }) => run_id);
  return {
    runs: [...byRun].map(([runId, ofRun]) => {
      const count = (...statuses: TestStatus[]): number =>
        ofRun.reduce((sum, { status, n }) => sum + (statuses.includes(status) ? Number(n) : 0), 0);
      return {
        runId,
        businessDate: ofRun[0]?.business_date ?? "",
        passed: count("pass"),
        warned: count("warn"),
        failed: count("fail", "error"),
        accepted: count("accepted"),
      };
    }),
    tests: [...Map.groupBy(rows, ({ layer, test_id: id }) => `${layer} ${id}`).values()]
      .map(historyOf)
      .sort(byFailures),
  };
}

function historyOf(rows: readonly ResultRow[]): TestHistory {
  const [newest] = rows;
  return {
    layer: newest?.layer ?? "",
    id: newest?.test_id ?? "",
    test: newest?.test ?? "",
    model: newest?.model ?? "",
    column: newest?.column_name ?? "",
    results: rows.map((row) => ({
      runId: row.run_id,
      businessDate: row.business_date,
      status: row.status,
      failures: Number(row.failures ?? 0),
    })),
  };
}

function byFailures(a: TestHistory, b: TestHistory): number {
  const weight = ({ results }: TestHistory): number =>
    results.reduce((sum, { status }) => sum + (status === "pass" ? 0 : status === "warn" ? 1 : 1_000), 0);
  return weight(b) - weight(a) || (a.test < b.test ? -1 : 1);
}
