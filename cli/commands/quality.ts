import type { Command } from "commander";
import { distance } from "fastest-levenshtein";
import { PermanentError } from "../../shared/errors/errors.ts";
import {
  acceptTests,
  readAcceptances,
  withdrawAcceptances,
  type Acceptance,
} from "../../shared/ledger/records/acceptances.ts";
import {
  newestCheckedRun,
  readQuality,
  readQualityHistory,
  type TestResult,
} from "../../shared/ledger/reads/read-quality.ts";
import { readFailingRows } from "../../shared/quality/failing-rows.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { printAnswer } from "../output/print-answer.ts";
import { renderAcceptances, renderAccepted, renderQuality, renderTest } from "../output/print-quality.ts";
import { openLedgerOf, openLedgerToRead, type LedgerAccess } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import { userName } from "../user-name.ts";

/** Number of runs for which the history of a single test is shown. */
const HISTORY_RUNS = 30;

interface QualityOptions {
  test?: string;
  json?: boolean;
}

interface AcceptOptions {
  reason: string;
  table?: string;
  test?: string;
  by?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `baton quality`: results of a run's tests, samples of the failing rows, and how to accept a failure. */
export function register(program: Command): void {
  const quality = program
    .command("quality")
    .summary("show the results of data tests; accept failures")
    .description(
      "Shows the results of a run's data tests: failures first, then accepted failures, then warnings. Without RUN it " +
        "shows the run that started last. Source tables are compared with their own history (docs/quality.md).",
    )
    .argument("[run]", "run ID, such as 2026-02-07-1a2b3c4d")
    .option("--test <test>", "one test, by name or ID: its failing rows, and its results in the last runs")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton quality\n  ./baton quality 2026-02-07-1a2b3c4d --json\n" +
        "  ./baton quality --test known_codes_order_status\n" +
        '  ./baton quality accept --table orders --reason "shop closed on 6 February"',
    )
    .action(async (runId: string | undefined, options: QualityOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerToRead(stage);
      const { run, results } = await resultsOf(ledger, runId);
      const samples = await readFailingRows(stage.warehouse, run);
      if (options.test === undefined) {
        const layers = options.json === true ? [] : await layerNames();
        printAnswer(options.json, { run: { id: run }, results, samples }, () =>
          renderQuality(run, results, samples, { stage: stage.stage, layers }),
        );
        return;
      }
      const found = results.filter((result) => isMeant(result, { test: options.test }));
      if (found.length === 0) throw unknownTest(run, options.test, results);
      const { tests } = await readQualityHistory(ledger.pool, HISTORY_RUNS);
      const ids = new Set(found.map(({ id }) => id));
      const history = tests.filter(({ id }) => ids.has(id));
      const rows = samples.filter(({ testId }) => ids.has(testId));
      const json = { run: { id: run }, results: found, samples: rows, history };
      printAnswer(options.json, json, () => renderTest(run, found, rows, history));
    });

  quality
    .command("accept")
    .summary("accept failed tests of a run, so that a replay passes")
    .description(
      "Records that the failed tests of this run are accepted. A replay then publishes the layer, and later days are " +
        "compared with this data. The ledger records who accepted the failures, when and why.",
    )
    .argument("[run]", "run ID; default: the run with results that started last")
    .requiredOption("--reason <text>", "why the data is correct")
    .option("--table <table>", "only tests of this table or model")
    .option("--test <test>", "only this test, by name or ID")
    .option("--by <name>", "person who accepts; default: the user of this machine")
    .option("--dry-run", "show what would be accepted, and change nothing")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      '\nExamples:\n  ./baton quality accept --table orders --reason "shop closed on 6 February"\n' +
        '  ./baton quality accept 2026-02-07-1a2b3c4d --test known_codes_order_status --reason "18 is new, seed follows" --dry-run',
    )
    .action(async (runId: string | undefined, _: AcceptOptions, command: Command) => {
      const options = command.optsWithGlobals<AcceptOptions & { stage: string }>();
      const stage = await openStage(options.stage);
      await using ledger = await openLedgerOf(stage);
      const { run, results } = await resultsOf(ledger, runId);
      const chosen = results.filter((result) => result.status === "fail" && isMeant(result, options));
      if (chosen.length === 0) throw nothingToAccept(run, options, results);
      requireOneTest(options.test, chosen);
      const acceptedBy = options.by ?? userName();
      const isDryRun = options.dryRun === true;
      if (!isDryRun) await acceptTests(ledger.pool, run, chosen, { acceptedBy, reason: options.reason });
      const json = { run: { id: run }, acceptedBy, reason: options.reason, accepted: chosen };
      printAnswer(options.json, json, () => renderAccepted(run, chosen, { acceptedBy, isDryRun, stage: stage.stage }));
    });

  quality
    .command("accepted")
    .summary("list the accepted failures of a run, with person and reason")
    .argument("[run]", "run ID; default: the run with results that started last")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton quality accepted\n  ./baton quality accepted 2026-02-07-1a2b3c4d --json",
    )
    .action(async (runId: string | undefined, _: object, command: Command) => {
      const options = command.optsWithGlobals<{ stage: string; json?: boolean }>();
      const stage = await openStage(options.stage);
      await using ledger = await openLedgerToRead(stage);
      const { run } = await resultsOf(ledger, runId);
      const acceptances = [...(await readAcceptances(ledger.pool, run)).values()];
      printAnswer(options.json, { run: { id: run }, accepted: acceptances }, () =>
        renderAcceptances(run, acceptances, stage.stage),
      );
    });

  quality
    .command("unaccept")
    .summary("remove acceptances of a run, so that its tests count again")
    .description(
      "Removes what `quality accept` recorded for a run. A layer that is already published stays live; the next " +
        "attempt of this run must pass the tests again.",
    )
    .argument("[run]", "run ID; default: the run with results that started last")
    .option("--table <table>", "only tests of this table or model")
    .option("--test <test>", "only this test, by name or ID")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton quality unaccept --test known_codes_order_status\n  ./baton quality unaccept 2026-02-07-1a2b3c4d --json",
    )
    .action(async (runId: string | undefined, _: object, command: Command) => {
      const options = command.optsWithGlobals<AcceptOptions & { stage: string }>();
      const stage = await openStage(options.stage);
      await using ledger = await openLedgerOf(stage);
      const { run, results } = await resultsOf(ledger, runId);
      const known = [...(await readAcceptances(ledger.pool, run)).values()];
      const modelOf = new Map(results.map(({ id, model }) => [id, model]));
      const chosen = known
        .map(({ testId: id, ...acceptance }) => ({ ...acceptance, id, model: modelOf.get(id) ?? "" }))
        .filter((acceptance) => isMeant(acceptance, options));
      if (chosen.length === 0) throw nothingAccepted(run, options, known, stage.stage);
      requireOneTest(options.test, chosen);
      const tests = chosen.map(({ test }) => test);
      await withdrawAcceptances(
        ledger.pool,
        run,
        chosen.map(({ id }) => id),
      );
      const json = { run: { id: run }, removed: chosen };
      printAnswer(options.json, json, () => `removed from the acceptances of run ${run}: ${tests.join(", ")}`);
    });
}

/** True when the options select the test. */
function isMeant(
  { id, test, model }: Pick<TestResult, "id" | "test" | "model">,
  options: { test?: string | undefined; table?: string | undefined },
): boolean {
  return (
    (options.table === undefined || model === options.table) &&
    (options.test === undefined || test === options.test || id === options.test)
  );
}

/** Each failure must be reviewed before it is accepted, so a name that several tests share is refused. */
function requireOneTest(test: string | undefined, chosen: readonly { id: string }[]): void {
  const ids = chosen.map(({ id }) => id);
  if (test === undefined || ids.length < 2) return;
  throw new PermanentError("TEST_AMBIGUOUS", `${ids.length} tests are named ${test}: ${ids.join(", ")}`, {
    kind: "input",
    advice: `Pass the ID of one of them: --test ${ids[0] ?? ""}`,
  });
}

async function resultsOf(
  { pool }: LedgerAccess,
  runId: string | undefined,
): Promise<{ run: string; results: TestResult[] }> {
  const run = runId ?? (await newestCheckedRun(pool));
  const results = run === undefined ? [] : await readQuality(pool, run);
  if (run !== undefined && results.length > 0) return { run, results };
  const what = run === undefined ? "no run has been tested yet" : `run ${run} has no test results`;
  throw new PermanentError("QUALITY_UNKNOWN", what, {
    kind: "input",
    advice: run === undefined ? "Start a run: ./baton run --dump FILE" : "List the runs: ./baton runs",
  });
}

function unknownTest(run: string, test: string, results: readonly TestResult[]): PermanentError {
  return new PermanentError("TEST_UNKNOWN", `run ${run} has no test ${test}${suggestion(test, namesOf(results))}`, {
    kind: "input",
    advice: `List its tests: ./baton quality ${run} --json`,
  });
}

function namesOf(results: readonly TestResult[]): string[] {
  return results.map(({ test }) => test);
}

/** The selection in words, such as ` of orders named row_count`. */
function which({ test, table }: { test?: string | undefined; table?: string | undefined }): string {
  return `${table === undefined ? "" : ` of ${table}`}${test === undefined ? "" : ` named ${test}`}`;
}

/** `; did you mean stg_orders?`: up to three names that contain the input or differ by at most four edits. */
function suggestion(typed: string, names: readonly string[]): string {
  const wanted = typed.toLowerCase();
  const near = [...new Set(names)]
    .map((name) => ({ name, edits: name.toLowerCase().includes(wanted) ? 0 : distance(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= 4)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3);
  return near.length === 0 ? "" : `; did you mean ${near.map(({ name }) => name).join(" or ")}?`;
}

function nothingToAccept(run: string, options: AcceptOptions, results: readonly TestResult[]): PermanentError {
  return new PermanentError("NOTHING_TO_ACCEPT", whyNothing(run, options, results), {
    kind: "input",
    advice: `List its tests: ./baton quality ${run}`,
  });
}

function whyNothing(run: string, { test, table }: AcceptOptions, results: readonly TestResult[]): string {
  const named = results.find((result) => result.test === test || result.id === test);
  if (test !== undefined && named === undefined)
    return `run ${run} has no test ${test}${suggestion(test, namesOf(results))}`;
  if (named !== undefined && named.status !== "fail") {
    return `test ${named.test} of run ${run} did not fail: its result is ${named.status}`;
  }
  const models = results.map(({ model }) => model);
  if (table !== undefined && !models.includes(table)) {
    return `run ${run} has no tests of ${table}${suggestion(table, models)}`;
  }
  const failed = namesOf(results.filter(({ status }) => status === "fail"));
  const others = failed.length === 0 ? "" : `; its failed tests are ${failed.slice(0, 5).join(", ")}`;
  return `run ${run} has no failed test${which({ test, table })}${others}`;
}

function nothingAccepted(
  run: string,
  options: AcceptOptions,
  known: readonly Acceptance[],
  stage: string,
): PermanentError {
  const tests = known.map(({ test }) => test);
  const near = options.test === undefined ? "" : suggestion(options.test, tests);
  return new PermanentError("NOTHING_ACCEPTED", `nothing${which(options)} is accepted for run ${run}${near}`, {
    kind: "input",
    advice: commandFor(stage, `quality accepted ${run}`),
  });
}

async function layerNames(): Promise<string[]> {
  // imported here, because help and --json need no YAML parser
  const { readLayerTable } = await import("../../local/layer-table.ts");
  return (await readLayerTable()).map(({ name }) => name);
}
