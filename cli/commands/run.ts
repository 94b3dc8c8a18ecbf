import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Command } from "commander";
import type { Pool } from "mysql2/promise";
import { colours } from "../output/colours.ts";
import { runIdOf, type BusinessDate, type RunId } from "../../events/ids.ts";
import { readLayerTable, type LayerRow } from "../../local/layer-table.ts";
import { dateInName } from "../../shared/config/source.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { laterDates, readLiveSets } from "../../shared/ledger/reads/read-live-sets.ts";
import { nextRepeat, readStatus, type RunStatus } from "../../shared/ledger/reads/read-status.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { formatBytes } from "../../shared/text/format.ts";
import { dayOf } from "../../shared/time/business-day.ts";
import { printAnswer } from "../output/print-answer.ts";
import { renderStatus } from "../output/print-status.ts";
import { Progress } from "../output/progress.ts";
import { say } from "../output/say.ts";
import { parseBusinessDate } from "../parse-business-date.ts";
import { findStoredDump, type StoredDump } from "../run/find-stored-dump.ts";
import { followRun } from "../run/follow-run.ts";
import { prepareDump } from "../run/prepare-dump.ts";
import { requestRun, type KnownRun } from "../run/request-run.ts";
import { lostDatesText, planRerun, requireNewest, upstreamOf } from "../run/rerun-plan.ts";
import { runCommandLine, type RunOptions } from "../run/run-options.ts";
import { uploadDump } from "../run/upload-dump.ts";
import { openBus } from "../stage/open-bus.ts";
import { openLedgerOf } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import { withClients, type ClientAccess } from "../stage/stage-clients.ts";
import { UsageError } from "../usage-error.ts";

/** The dump that a run loads, as an object in the bucket. */
type ChosenDump = Pick<StoredDump, "businessDate" | "sha256" | "manifestKey">;

const HELP = `
The same dump for the same date is the same run: completed work is not repeated without --force. The name, date,
size and sha256 of a dump file must match the manifest beside it (<name>.json); without a manifest, Baton writes one. A stored
dump with other content is not overwritten without --replace.

Examples:
  ./baton run --watch
  ./baton run --dump dump_20260207.sql --watch
  ./baton run --date 2026-02-07 --force --watch
  ./baton run --from silver --watch
  ./baton run --stage prod --from gold --date 2026-02-07
  ./baton run --stage prod --from silver --remote     without access to the warehouse, as CI does`;

/** `baton run`: publishes PipelineRequested and, with `--watch`, follows the run. */
export function register(program: Command): void {
  program
    .command("run")
    .summary("start a run")
    .description(
      "Uploads a dump file, then requests a run by publishing PipelineRequested. The first layer starts when it receives the event.",
    )
    .option("--dump <file|s3://bucket/key>", "dump to load; default: the stored dump of the business date")
    .option(
      "--date <YYYY-MM-DD>",
      "business date; default: the dump's, otherwise today in the time zone of serverless.yml",
      parseBusinessDate,
    )
    .option("--replace", "overwrite a stored dump or manifest that has other content; the bucket keeps the old version")
    .option("--allow-stale", "load a dump that is older than 24 hours; implied by --dump, and by --date with --force")
    .option("--force", "repeat a completed run with a new run ID, even if it replaces a newer date or row counts jump")
    .option("--from <layer>", "start at this layer with the live tables of the layer before it, with a new run ID")
    .option(
      "--remote",
      "with --from: the first layer chooses the run by the tables that are live when it gets the request",
    )
    .option("--watch", "follow the run until it ends; exit 1 if it fails")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(async (options: RunOptions, command: Command) => {
      const { stage } = command.optsWithGlobals<{ stage: string }>();
      if (options.remote === true) return requestRemotely(stage, options);
      process.exitCode = await run(withClients(await openStage(stage)), options);
    });
}

/** Requests a run from a later layer without the ledger, so the run is not known yet. */
async function requestRemotely(stage: string, options: RunOptions): Promise<void> {
  const { from, remote: _remote, json: _json, ...others } = options;
  const layers = await readLayerTable();
  if (from === undefined || Object.keys(others).length > 0) {
    throw new UsageError(
      "--remote needs --from, and allows only --json besides: it has no access to dumps and the ledger",
      `Add --from LAYER (${layers.slice(1).map(({ name }) => name).join(", ")}), or omit --remote.`,
    ); // prettier-ignore
  }
  upstreamOf(layers, from);
  const access = await openBus(stage);
  const eventBridge = new EventBridgeClient(access.clientOptions);
  try {
    const id = await requestRun(eventBridge, access, { from });
    printAnswer(
      options.json,
      { request: { id } },
      () => `requested a run from ${from} with the live tables. To see it: ${commandFor(stage, "runs")}`,
    );
  } finally {
    eventBridge.destroy();
  }
}

async function run(stage: ClientAccess, options: RunOptions): Promise<number> {
  await using ledger = await openLedgerOf(stage);
  const { pool } = ledger;
  const layers = await readLayerTable();
  const isRerun = options.from !== undefined && options.from !== layers[0]?.name;
  const request = isRerun ? await rerun(pool, layers, options) : await fullRun(stage, pool, options);
  const { runId } = request;
  const before = await readStatus(pool, runId, stage.layers);
  if (before?.run.state === "completed") {
    const again = runCommandLine({ ...options, date: request.businessDate, force: true });
    say(`run ${runId} is completed. To repeat it: ${commandFor(stage.stage, again)}`);
    print(options, before, stage.stage);
    return 0;
  }
  await requestRun(stage.eventBridge, stage, request);
  const later = options.force === true ? await laterDates(pool, request.businessDate) : [];
  if (later.length > 0) {
    say(lostDatesText(stage.stage, request.businessDate, later));
  }
  if (options.watch !== true) {
    const follow = commandFor(stage.stage, `status ${runId} --watch`);
    printAnswer(
      options.json,
      { run: { id: runId } },
      () => `requested run ${colours.bold(runId)}. To follow it: ${follow}`,
    );
    return 0;
  }
  const status = await followRun({ pool, runId, layers: stage.layers, stage: stage.stage, requested: { before } });
  print(options, status, stage.stage);
  return status.run.state === "completed" ? 0 : 1;
}

function print(options: RunOptions, status: RunStatus, stage: string): void {
  printAnswer(options.json, status, () => renderStatus(status, stage));
}

/** A run of all layers. */
async function fullRun(stage: ClientAccess, pool: Pool, options: RunOptions): Promise<KnownRun> {
  const isForced = options.force === true;
  const dump = await chooseDump(stage, options);
  const live = (await readLiveSets(pool)).get(stage.layers.at(-1) ?? "");
  await requireNewest(pool, { businessDate: dump.businessDate, options, live });
  const base = runIdOf(dump.businessDate, dump.sha256);
  return {
    businessDate: dump.businessDate,
    manifestKey: dump.manifestKey,
    // an operator who names a dump or repeats a date accepts its age
    allowStale: options.allowStale === true || options.dump !== undefined || (isForced && options.date !== undefined),
    isForced,
    runId: isForced || options.from !== undefined ? await repeatedRunId(pool, dump, base) : base,
  };
}

/** A run that starts at a later layer. */
async function rerun(pool: Pool, layers: readonly LayerRow[], options: RunOptions): Promise<KnownRun> {
  const { from = "", date, dump, allowStale } = options;
  if (dump !== undefined || allowStale === true) {
    throw new UsageError(
      `--from ${from} uses the live tables and loads no dump`,
      "Omit --dump and --allow-stale, or omit --from to run from the first layer.",
    );
  }
  const isForced = options.force === true;
  const plan = await planRerun(pool, layers, { from, date, options });
  return { ...plan, manifestKey: undefined, allowStale: false, isForced, from };
}

async function repeatedRunId(pool: Pool, dump: ChosenDump, base: RunId): Promise<RunId> {
  if ((await readStatus(pool, base, [])) === undefined) return base;
  return runIdOf(dump.businessDate, dump.sha256, await nextRepeat(pool, base));
}

async function chooseDump(stage: ClientAccess, options: RunOptions): Promise<ChosenDump> {
  const { date, dump } = options;
  if (dump === undefined) return findStoredDump(stage.s3, stage.bucket, date ?? dayOf(new Date()));
  const stored = /^s3:\/\/([^/]+)\/(.+)$/.exec(dump);
  if (stored !== null) return storedDump(stage, dump, stored, date);
  const prepared = await prepareDump(dump, date);
  say(`uploading ${dump} (${formatBytes(prepared.bytes)}) to s3://${stage.bucket}/${prepared.dumpKey}`);
  const progress = new Progress();
  const replaced = await uploadDump(prepared, {
    s3: stage.s3,
    bucket: stage.bucket,
    existing: options.replace === true ? "replace" : "keep",
    onProgress: (bytes) => progress.show(`${formatBytes(bytes)} of ${formatBytes(prepared.bytes)} uploaded`),
  }).finally(() => progress.end());
  for (const { key, versionId } of replaced) {
    say(
      `replaced s3://${stage.bucket}/${key}; the old version is ${versionId ?? "not kept: the bucket is not versioned"}`,
    );
  }
  return prepared;
}

async function storedDump(
  stage: ClientAccess,
  url: string,
  [, bucket = "", key = ""]: RegExpExecArray,
  date: BusinessDate | undefined,
): Promise<ChosenDump> {
  const named = dateInName(key);
  if (named !== undefined && date !== undefined && named !== date) {
    throw new UsageError(
      `${url} is the dump of ${named}, but --date is ${date}`,
      "Omit --date, or pass the dump of that date.",
    );
  }
  const day = date ?? named;
  const dump = bucket === stage.bucket && day !== undefined ? await findStoredDump(stage.s3, bucket, day) : undefined;
  // a missing or broken manifest is reported by the staging layer
  if (dump !== undefined && (dump.dumpKey ?? key) === key) return dump;
  const found = dump === undefined ? "" : `: the manifest of ${dump.businessDate} names ${dump.dumpKey ?? ""}`;
  throw new PermanentError("DUMP_NOT_OURS", `${url} is not a dated dump of s3://${stage.bucket}${found}`, {
    kind: "input",
    advice: `Copy it to s3://${stage.bucket}/dumps/NAME_YYYYMMDD.sql with its manifest, or pass a local file.`,
  });
}
