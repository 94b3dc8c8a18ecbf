import { type Command } from "commander";
import type { Pool } from "mysql2/promise";
import pc from "picocolors";
import { businessDateSchema, runIdOf, type BusinessDate, type RunId } from "../../events/ids.ts";
import { readLayerTable, type LayerRow } from "../../local/layer-table.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { laterDates, readLiveSets } from "../../shared/ledger/reads/read-live-sets.ts";
import { nextRepeat, readStatus } from "../../shared/ledger/reads/read-status.ts";
import { tokyoDay } from "../../shared/time/tokyo-day.ts";
import { printAnswer } from "../output/print-answer.ts";
import { parseBusinessDate } from "../parse-business-date.ts";
import { renderStatus } from "../output/print-status.ts";
import { formatBytes } from "../../shared/text/format.ts";
import { findStoredDump } from "../run/find-stored-dump.ts";
import { prepareDump } from "../run/prepare-dump.ts";
import { requestRun, type RunRequest } from "../run/request-run.ts";
import { commandsFor, planRerun, requireNewest } from "../run/rerun-plan.ts";
import { uploadDump } from "../run/upload-dump.ts";
import { watchRun } from "../run/watch-run.ts";
import { openLedgerOf } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import type { StageAccess } from "../stage/stage-access.ts";
import { UsageError } from "../usage-error.ts";

interface RunOptions {
  dump?: string;
  date?: BusinessDate;
  force?: boolean;
  from?: string;
  allowStale?: boolean;
  watch?: boolean;
  json?: boolean;
}

/** A dump in the bucket that a run will take. */
interface ChosenDump {
  businessDate: BusinessDate;
  /** Undefined when no manifest was found: the gate will say so. */
  sha256: string | undefined;
  manifestKey: string | undefined;
}

/** `baton run`: publishes PipelineRequested and, if asked, follows the run. */
export function register(program: Command): void {
  program
    .command("run")
    .summary("start a run")
    .description(
      "Asks for a run by publishing PipelineRequested; the layers do the rest. A dump file is uploaded first. " +
        "The same dump for the same day is the same run: what is complete is not done again, unless forced.",
    )
    .option("--dump <file|s3://bucket/key>", "dump to take; by default the business date's in the bucket")
    .option("--date <YYYY-MM-DD>", "business date; by default the dump's, else today in Tokyo", parseBusinessDate)
    .option("--allow-stale", "take a dump that is older than 24 hours")
    .option(
      "--force",
      "repeat a run that is complete, under an id of its own; also where it replaces a newer date, or rows jump",
    )
    .option("--from <layer>", "begin at this layer, with what is live in the layer before it, under an id of its own")
    .option("--watch", "follow the run until it ends; exit 1 when it fails")
    .option("--json", "print JSON for machines")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton run --watch\n  ./baton run --dump gghouse_20260207.sql --watch\n  ./baton run --date 2026-02-07 --force\n" +
        "  ./baton run --from silver --watch\n  ./baton run --from gold --date 2026-02-07",
    )
    .action(async (options: RunOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      process.exitCode = await run(stage, options);
    });
}

async function run(stage: StageAccess, options: RunOptions): Promise<number> {
  await using ledger = await openLedgerOf(stage);
  const layers = await readLayerTable();
  const isRerun = options.from !== undefined && options.from !== layers[0]?.name;
  const request = isRerun ? await rerun(ledger.pool, layers, options) : await wholeRun(stage, ledger.pool, options);
  const { runId } = request;
  const before = await readStatus(ledger.pool, runId, stage.layers);
  if (before?.run.state === "completed") {
    say(`run ${runId} is complete already; repeat it with --force`);
    print(options, before);
    return 0;
  }
  await requestRun(stage.eventBridge, stage, request);
  const later = options.force === true ? await laterDates(ledger.pool, request.businessDate) : [];
  if (later.length > 0) say(`this replaces newer dates; then repeat them in order: ${commandsFor(later)}`);
  if (options.watch !== true) {
    if (options.json === true) process.stdout.write(`${JSON.stringify({ run: { id: runId } })}\n`);
    else process.stdout.write(`requested run ${pc.bold(runId)}; follow it: ./baton status ${runId}\n`);
    return 0;
  }
  const status = await watchRun({ pool: ledger.pool, runId, layers: stage.layers }, before);
  print(options, status);
  return status.run.state === "completed" ? 0 : 1;
}

function print(options: RunOptions, status: Parameters<typeof renderStatus>[0]): void {
  printAnswer(options.json, status, () => renderStatus(status));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A run of all layers. */
async function wholeRun(stage: StageAccess, pool: Pool, options: RunOptions): Promise<RunRequest & { runId: RunId }> {
  const dump = await chooseDump(stage, options);
  const first = (await readLiveSets(pool)).get(stage.layers[0] ?? "");
  const isForced = options.force === true;
  await requireNewest(pool, { businessDate: dump.businessDate, isForced }, first);
  const base = runIdOf(dump.businessDate, dump.sha256);
  return {
    businessDate: dump.businessDate,
    manifestKey: dump.manifestKey,
    // who names a dump has decided on its age
    allowStale: options.allowStale === true || options.dump !== undefined,
    isForced,
    runId: isForced || options.from !== undefined ? await repeatedRunId(pool, dump, base) : base,
  };
}

/** A run that begins at a later layer. */
async function rerun(
  pool: Pool,
  layers: readonly LayerRow[],
  { from = "", date, force, dump, allowStale }: RunOptions,
): Promise<RunRequest & { runId: RunId }> {
  if (dump !== undefined || allowStale === true) {
    throw new UsageError(
      `--from ${from} takes up what is live and loads no dump`,
      "leave --dump and --allow-stale out, or leave --from out to run from the first layer",
    );
  }
  const isForced = force === true;
  const plan = await planRerun(pool, layers, { from, date, isForced });
  return { ...plan, manifestKey: undefined, allowStale: false, isForced, from };
}

async function repeatedRunId(pool: Pool, dump: ChosenDump, base: RunId): Promise<RunId> {
  if ((await readStatus(pool, base, [])) === undefined) return base;
  return runIdOf(dump.businessDate, dump.sha256, await nextRepeat(pool, base));
}

async function chooseDump(stage: StageAccess, options: RunOptions): Promise<ChosenDump> {
  const date = options.date;
  if (options.dump === undefined) {
    return findStoredDump(stage.s3, stage.bucket, date ?? tokyoDay(new Date()));
  }
  const stored = /^s3:\/\/([^/]+)\/(.+)$/.exec(options.dump);
  if (stored !== null) return storedDump(stage, options.dump, stored, date);
  const prepared = await prepareDump(options.dump, date);
  say(`uploading ${options.dump} (${formatBytes(prepared.bytes)}) to s3://${stage.bucket}/${prepared.dumpKey}`);
  await uploadDump(stage.s3, stage.bucket, prepared, () => undefined);
  return { businessDate: prepared.businessDate, sha256: prepared.sha256, manifestKey: prepared.manifestKey };
}

async function storedDump(
  stage: StageAccess,
  url: string,
  [, bucket = "", key = ""]: RegExpExecArray,
  date: BusinessDate | undefined,
): Promise<ChosenDump> {
  const digits = /(\d{4})(\d{2})(\d{2})[^/]*$/.exec(key);
  const named = digits === null ? undefined : businessDateSchema.safeParse(digits.slice(1, 4).join("-")).data;
  const day = date ?? named;
  if (bucket !== stage.bucket || day === undefined) {
    throw new PermanentError("DUMP_NOT_OURS", `${url} is not a dated dump of s3://${stage.bucket}`, {
      kind: "input",
      advice: `Copy it to s3://${stage.bucket}/dumps/gghouse_YYYYMMDD.sql with its manifest, or give a file.`,
    });
  }
  return findStoredDump(stage.s3, stage.bucket, day);
}
