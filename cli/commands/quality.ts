import { userInfo } from "node:os";
import type { Command } from "commander";
import { PermanentError } from "../../shared/errors/errors.ts";
import { acceptTests } from "../../shared/ledger/acceptances.ts";
import type { OpenLedger } from "../../shared/ledger/open-ledger.ts";
import {
  newestCheckedRun,
  readQuality,
  readQualityHistory,
  type TestResult,
} from "../../shared/ledger/read-quality.ts";
import { readFailingRows } from "../../shared/quality/failing-rows.ts";
import { renderAccepted, renderQuality, renderTest } from "../output/print-quality.ts";
import { openLedgerOf } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";

/** Runs over which a single test is shown. */
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

/** `baton quality`: what the tests of a run found, samples of the rows, and how to take a change for right. */
export function register(program: Command): void {
  const quality = program
    .command("quality")
    .summary("show what data tests found; accept a change")
    .description(
      "Shows the data tests of a run, from the ledger: failures first, then what was accepted and what warned; without " +
        "RUN the newest run. Source tables are judged against their own history, see docs/quality.md.",
    )
    .argument("[run]", "run id, such as 2026-02-07-1a2b3c4d")
    .option("--test <test>", "one test: sample of rows, and how it did over the last runs")
    .option("--json", "print JSON for machines")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton quality\n  ./baton quality 2026-02-07-1a2b3c4d --json\n" +
        "  ./baton quality --test known_codes_tenants_status\n" +
        '  ./baton quality accept --table rooms --reason "building sold on 6 February"',
    )
    .action(async (runId: string | undefined, options: QualityOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerOf(stage);
      const { run, results } = await resultsOf(ledger, runId);
      const samples = await readFailingRows(stage.warehouse, run);
      if (options.test === undefined) {
        const json = { run: { id: run }, results, samples };
        process.stdout.write(
          `${options.json === true ? JSON.stringify(json) : renderQuality(run, results, samples, stage.stage)}\n`,
        );
        return;
      }
      const found = results.filter(({ test }) => test === options.test);
      if (found.length === 0) throw unknownTest(run, options.test, results);
      const { tests } = await readQualityHistory(ledger.pool, HISTORY_RUNS);
      const history = tests.filter(({ test }) => test === options.test);
      const rows = samples.filter(({ test }) => test === options.test);
      const json = { run: { id: run }, results: found, samples: rows, history };
      process.stdout.write(`${options.json === true ? JSON.stringify(json) : renderTest(run, found, rows, history)}\n`);
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
    .option("--test <test>", "only this test")
    .option("--by <name>", "who accepts; by default the user of this machine")
    .option("--dry-run", "only say what would be accepted")
    .option("--json", "print JSON for machines")
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
      const chosen = results.filter(
        ({ status, model, test }) =>
          status === "fail" &&
          (options.table === undefined || model === options.table) &&
          (options.test === undefined || test === options.test),
      );
      if (chosen.length === 0) throw nothingToAccept(run, options, results);
      const acceptedBy = options.by ?? userInfo().username;
      if (options.dryRun !== true) await acceptTests(ledger.pool, run, chosen, { acceptedBy, reason: options.reason });
      const json = { run: { id: run }, acceptedBy, reason: options.reason, accepted: chosen };
      const text = renderAccepted(run, chosen, { acceptedBy, isDryRun: options.dryRun === true, stage: stage.stage });
      process.stdout.write(`${options.json === true ? JSON.stringify(json) : text}\n`);
    });
}

async function resultsOf(
  { pool }: OpenLedger,
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
  const alike = results.map((result) => result.test).filter((name) => name.includes(test));
  const hint = alike.length === 0 ? "" : `; there are ${alike.slice(0, 5).join(", ")}`;
  return new PermanentError("TEST_UNKNOWN", `run ${run} has no test ${test}${hint}`, {
    kind: "input",
    advice: `all tests: ./baton quality ${run} --json`,
  });
}

function nothingToAccept(run: string, options: AcceptOptions, results: readonly TestResult[]): PermanentError {
  const which = [
    ...(options.table === undefined ? [] : [` of ${options.table}`]),
    ...(options.test === undefined ? [] : [` named ${options.test}`]),
  ].join("");
  const failed = results.filter(({ status }) => status === "fail").map(({ test }) => test);
  const others = failed.length === 0 ? "" : `; failed are ${failed.slice(0, 5).join(", ")}`;
  return new PermanentError("NOTHING_TO_ACCEPT", `run ${run} has no failed test${which}${others}`, {
    kind: "input",
    advice: `see what it has: ./baton quality ${run}`,
  });
}
