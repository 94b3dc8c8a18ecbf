import { userInfo } from "node:os";
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
    .summary("show what data tests found; accept a change")
    .description(
      "Shows the data tests of a run, from the ledger: failures first, then what was accepted and what warned; without " +
        "RUN the newest run. Source tables are judged against their own history, see docs/quality.md.",
    )
    .argument("[run]", "run id, such as 2026-02-07-1a2b3c4d")
    .option("--test <test>", "one test, by name or ID: sample of rows, and how it did over the last runs")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton quality\n  ./baton quality 2026-02-07-1a2b3c4d --json\n" +
        "  ./baton quality --test known_codes_tenants_status\n" +
        '  ./baton quality accept --table rooms --reason "building sold on 6 February"',
    )
    .action(async (runId: string | undefined, options: QualityOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerToRead(stage);
      const { run, results } = await resultsOf(ledger, runId);
      const samples = await readFailingRows(stage.warehouse, run);
      if (options.test === undefined) {
        printAnswer(options.json, { run: { id: run }, results, samples }, () =>
          renderQuality(run, results, samples, stage.stage),
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
    .summary("take failed tests of a run for right, so that a replay passes")
    .description(
      "Records that what failed is right as it is, for this run: the replayed layer goes live with it, and from then on " +
        "it is history that later days are compared with. Who, when and why are kept.",
    )
    .argument("[run]", "run id; by default the newest run")
    .requiredOption("--reason <text>", "why it is right")
    .option("--table <table>", "only tests of this table or model")
    .option("--test <test>", "only this test, by name or ID")
    .option("--by <name>", "who accepts; by default the user of this machine")
    .option("--dry-run", "only say what would be accepted")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      '\nExamples:\n  ./baton quality accept --table rooms --reason "building sold on 6 February"\n' +
        '  ./baton quality accept 2026-02-07-1a2b3c4d --test known_codes_tenants_status --reason "18 is new, seed follows" --dry-run',
    )
    .action(async (runId: string | undefined, _: AcceptOptions, command: Command) => {
      const options = command.optsWithGlobals<AcceptOptions & { stage: string }>();
      const stage = await openStage(options.stage);
      await using ledger = await openLedgerOf(stage);
      const { run, results } = await resultsOf(ledger, runId);
      const chosen = results.filter((result) => result.status === "fail" && isMeant(result, options));
      if (chosen.length === 0) throw nothingToAccept(run, options, results);
      requireOneTest(options.test, chosen);
      const acceptedBy = options.by ?? userInfo().username;
      const isDryRun = options.dryRun === true;
      if (!isDryRun) await acceptTests(ledger.pool, run, chosen, { acceptedBy, reason: options.reason });
      const json = { run: { id: run }, acceptedBy, reason: options.reason, accepted: chosen };
      printAnswer(options.json, json, () => renderAccepted(run, chosen, { acceptedBy, isDryRun, stage: stage.stage }));
    });

  quality
    .command("accepted")
    .summary("list what was accepted for a run, by whom and why")
    .argument("[run]", "run id; by default the newest run")
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
    .summary("take acceptances of a run back, so that its tests count again")
    .description(
      "Takes back what `quality accept` has recorded for a run. A layer that went live with it stays live; the next " +
        "attempt of this run is held against the tests again.",
    )
    .argument("[run]", "run id; by default the newest run")
    .option("--table <table>", "only tests of this table or model")
    .option("--test <test>", "only this test, by name or ID")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton quality unaccept --test known_codes_tenants_status\n  ./baton quality unaccept 2026-02-07-1a2b3c4d --json",
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
      const json = { run: { id: run }, takenBack: chosen };
      printAnswer(options.json, json, () => `taken back for run ${run}: ${tests.join(", ")}`);
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
  const what = run === undefined ? "no run has been tested yet" : `there are no test results of run ${run}`;
  throw new PermanentError("QUALITY_UNKNOWN", what, {
    kind: "input",
    advice: run === undefined ? "start a run: ./baton run --dump FILE" : "list the runs: ./baton runs",
  });
}

function unknownTest(run: string, test: string, results: readonly TestResult[]): PermanentError {
  return new PermanentError("TEST_UNKNOWN", `run ${run} has no test ${test}${perhaps(test, namesOf(results))}`, {
    kind: "input",
    advice: `all tests: ./baton quality ${run} --json`,
  });
}

function namesOf(results: readonly TestResult[]): string[] {
  return results.map(({ test }) => test);
}

/** The selection in words, such as ` of rooms named row_count`. */
function which({ test, table }: { test?: string | undefined; table?: string | undefined }): string {
  return `${table === undefined ? "" : ` of ${table}`}${test === undefined ? "" : ` named ${test}`}`;
}

/** `; perhaps stg_rooms`: up to three names that contain the input or differ by at most four edits. */
function perhaps(typed: string, names: readonly string[]): string {
  const wanted = typed.toLowerCase();
  const near = [...new Set(names)]
    .map((name) => ({ name, edits: name.toLowerCase().includes(wanted) ? 0 : distance(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= 4)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3);
  return near.length === 0 ? "" : `; perhaps ${near.map(({ name }) => name).join(" or ")}`;
}

function nothingToAccept(run: string, options: AcceptOptions, results: readonly TestResult[]): PermanentError {
  return new PermanentError("NOTHING_TO_ACCEPT", whyNothing(run, options, results), {
    kind: "input",
    advice: `see what it has: ./baton quality ${run}`,
  });
}

function whyNothing(run: string, { test, table }: AcceptOptions, results: readonly TestResult[]): string {
  const named = results.find((result) => result.test === test || result.id === test);
  if (test !== undefined && named === undefined)
    return `run ${run} has no test ${test}${perhaps(test, namesOf(results))}`;
  if (named !== undefined && named.status !== "fail") {
    return `test ${named.test} of run ${run} did not fail: its result is ${named.status}`;
  }
  const models = results.map(({ model }) => model);
  if (table !== undefined && !models.includes(table)) {
    return `run ${run} has no tests of ${table}${perhaps(table, models)}`;
  }
  const failed = namesOf(results.filter(({ status }) => status === "fail"));
  const others = failed.length === 0 ? "" : `; failed are ${failed.slice(0, 5).join(", ")}`;
  return `run ${run} has no failed test${which({ test, table })}${others}`;
}

function nothingAccepted(
  run: string,
  options: AcceptOptions,
  known: readonly Acceptance[],
  stage: string,
): PermanentError {
  const tests = known.map(({ test }) => test);
  const near = options.test === undefined ? "" : perhaps(options.test, tests);
  return new PermanentError("NOTHING_ACCEPTED", `nothing${which(options)} is accepted for run ${run}${near}`, {
    kind: "input",
    advice: commandFor(stage, `quality accepted ${run}`),
  });
}
