import { colours } from "./colours.ts";
import type { Acceptance } from "../../shared/ledger/records/acceptances.ts";
import type { TestHistory, TestResult } from "../../shared/ledger/reads/read-quality.ts";
import type { TestStatus } from "../../shared/ledger/records/quality.ts";
import type { FailingRows } from "../../shared/quality/failing-rows.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { formatMany } from "../../shared/text/format.ts";
import { zoneLabel } from "../../shared/time/time-zone.ts";
import { timeText } from "../../shared/time/time-text.ts";
import { table } from "./table.ts";

type Sample = FailingRows & { layer: string };

const COLOURS: Record<TestStatus, (text: string) => string> = {
  pass: colours.green,
  warn: colours.yellow,
  fail: colours.red,
  error: colours.red,
  skipped: colours.dim,
  accepted: colours.cyan,
};
const HEADINGS: readonly [TestStatus, string][] = [
  ["fail", "failed: the layer was not published"],
  ["error", "could not run"],
  ["accepted", "failed, but accepted"],
  ["warn", "warned"],
  ["skipped", "not run, because the tested model failed"],
];
/** Most skipped tests that are listed: they only show that something else failed. */
const NAMED_SKIPPED = 3;

/**
 * A run's tests as text: counts by layer, then the findings, then the next steps.
 *
 * @param layers names in the order of the layer table
 */
export function renderQuality(
  run: string,
  found: readonly TestResult[],
  samples: readonly Sample[],
  { stage, layers: order }: { stage: string; layers: readonly string[] },
): string {
  const results = found.toSorted((one, other) => order.indexOf(one.layer) - order.indexOf(other.layer));
  const layers = [...Map.groupBy(results, ({ layer }) => layer)];
  const rows = layers.map(([layer, ofLayer]) => {
    const count = (...statuses: TestStatus[]): string =>
      String(ofLayer.filter(({ status }) => statuses.includes(status)).length);
    return [layer, count("pass"), count("warn"), count("accepted"), count("fail", "error"), count("skipped")];
  });
  const sections = HEADINGS.flatMap(([status, heading]) => {
    const found = results.filter((result) => result.status === status);
    if (found.length === 0) return [];
    const shown = status === "skipped" ? found.slice(0, NAMED_SKIPPED) : found;
    const more = found.length > shown.length ? [`  and ${found.length - shown.length} more`] : [];
    return [
      "",
      colours.bold(COLOURS[status](heading)),
      ...shown.flatMap((result) => lines(result, samples, stage)),
      ...more,
    ];
  });
  return [
    `data tests of run ${colours.bold(run)}`,
    "",
    table(["layer", "passed", "warned", "accepted", "failed", "skipped"], rows, { alignRight: [1, 2, 3, 4, 5] }),
    ...sections,
    ...next(run, results, stage),
  ].join("\n");
}

function lines(
  { layer, id, test, model, column, status, failures, message }: TestResult,
  samples: readonly Sample[],
  stage: string,
): string[] {
  const where = column === "" ? model : `${model}.${column}`;
  const rowCount = formatMany(failures, "row");
  // messages of source checks and acceptances contain the row count and the table, a test that could not run found no rows
  const isWhole = message !== null && (layer === "staging" || status === "accepted" || status === "error");
  const parts = isWhole ? [message] : [message, `${rowCount} of ${where}`];
  const text = parts.filter((part) => part !== null).join(" ");
  const sample = samples.find((candidate) => candidate.layer === layer && candidate.testId === id);
  const rows = sample === undefined ? "" : colours.dim(`  (rows: ${commandFor(stage, `quality --test ${test}`)})`);
  return [`  ${layer}  ${colours.bold(test)}${rows}`, `    ${text.replaceAll("\n", "\n    ")}`];
}

function next(run: string, results: readonly TestResult[], stage: string): string[] {
  const failed = results.filter(({ status }) => status === "fail");
  const [first] = failed;
  if (first === undefined) return [];
  const accept = commandFor(stage, `quality accept ${run} --reason "WHY"`);
  return [
    "",
    `${colours.bold("next")}: repair the data or the model; or, if the data is correct: ${accept}`,
    `      then: ${commandFor(stage, `dlq replay ${first.layer} --run ${run}`)}`,
  ];
}

/** One test as text: result, sample of rows, and its results in the last runs. */
export function renderTest(
  run: string,
  results: readonly TestResult[],
  samples: readonly Sample[],
  history: readonly TestHistory[],
): string {
  const parts = results.flatMap((result) => [
    `${colours.bold(result.test)} in run ${run}: ${COLOURS[result.status](result.status)} (severity ${result.severity})`,
    ...lines(result, [], "").slice(1),
  ]);
  const tested = results.map(({ column }) => column);
  const rows = samples.flatMap(({ rows: found }) => {
    const all = Object.keys(found[0] ?? {});
    if (all.length === 0) return [];
    // key and tested column first
    const columns = [...new Set([...all.slice(0, 1), ...all.filter((name) => tested.includes(name)), ...all])].slice(
      0,
      SHOWN_COLUMNS,
    );
    const cells = found.map((row) => columns.map((column) => cellText(row[column])));
    const more =
      all.length > columns.length ? [colours.dim(`and ${all.length - columns.length} more columns: --json`)] : [];
    return [
      "",
      colours.bold(`failing rows (${found.length} stored, without personal columns)`),
      table(columns, cells),
      ...more,
    ];
  });
  const past = history.flatMap(({ layer, results: ofTest }) => {
    const entries = ofTest.map(({ businessDate, runId, status, failures }) => [
      businessDate,
      runId,
      COLOURS[status](status),
      String(failures),
    ]);
    return [
      "",
      colours.bold(`results in ${layer} in the last runs`),
      table(["business date", "run", "result", "found"], entries, { alignRight: [3] }),
    ];
  });
  return [...parts, ...rows, ...past].join("\n");
}

/** Most columns of a sample that fit into a terminal. */
const SHOWN_COLUMNS = 7;
/** Longer values are cut, so that the table stays aligned. */
const CELL_WIDTH = 30;

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text;
}

/** The accepted tests, and the command that continues the run. */
export function renderAccepted(
  run: string,
  accepted: readonly TestResult[],
  { acceptedBy, isDryRun, stage }: { acceptedBy: string; isDryRun: boolean; stage: string },
): string {
  const layers = [...new Set(accepted.map(({ layer }) => layer))];
  return [
    `${isDryRun ? "would be accepted" : "accepted"} for run ${colours.bold(run)} by ${acceptedBy}:`,
    ...accepted.flatMap((result) => lines(result, [], stage)),
    ...(isDryRun
      ? []
      : [
          "",
          ...layers.map((layer) => `${colours.bold("next")}: ${commandFor(stage, `dlq replay ${layer} --run ${run}`)}`),
        ]),
  ].join("\n");
}

/** The acceptances of a run as text: which test, who accepted it, and why. */
export function renderAcceptances(run: string, acceptances: readonly Acceptance[], stage: string): string {
  if (acceptances.length === 0) return `nothing is accepted for run ${run}`;
  const rows = acceptances.map(({ layer, test, acceptedBy, acceptedAt, reason }) => [
    layer,
    test,
    acceptedBy,
    timeText(acceptedAt.toISOString(), "minute"),
    reason,
  ]);
  return [
    `accepted for run ${colours.bold(run)}:`,
    "",
    table(["layer", "test", "by", `at (${zoneLabel()})`, "why"], rows),
    "",
    `To remove one: ${commandFor(stage, `quality unaccept ${run} --test TEST`)}`,
  ].join("\n");
}
