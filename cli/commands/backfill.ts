import { Option, type Command } from "commander";
import type { Pool } from "mysql2/promise";
import { runIdOf, type BusinessDate, type RunId } from "../../events/ids.ts";
import { nextRepeat } from "../../shared/ledger/reads/read-status.ts";
import { readLiveSets } from "../../shared/ledger/reads/read-live-sets.ts";
import type { RunState } from "../../shared/ledger/schema/states.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { formatBytes, formatMany } from "../../shared/text/format.ts";
import { printAnswer } from "../output/print-answer.ts";
import { table } from "../output/table.ts";
import { Progress } from "../output/progress.ts";
import { say } from "../output/say.ts";
import { parseBusinessDate } from "../parse-business-date.ts";
import { planBackfill } from "../run/backfill-plan.ts";
import { findBackfillDumps, type BackfillDump } from "../run/find-backfill-dumps.ts";
import { followBackfill, readBackfillRuns } from "../run/follow-backfill.ts";
import { requestRun } from "../run/request-run.ts";
import { uploadDump } from "../run/upload-dump.ts";
import { openLedgerOf } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import { withClients, type ClientAccess } from "../stage/stage-clients.ts";

interface BackfillCommandOptions {
  from?: BusinessDate;
  to?: BusinessDate;
  onFailure: "stop" | "continue";
  allowGaps?: boolean;
  force?: boolean;
  dryRun?: boolean;
  watch: boolean;
  json?: boolean;
}

/** A day of a backfill with its run. */
interface PlannedDay {
  dump: BackfillDump;
  runId: RunId;
}

/** `baton backfill`: loads many dumps in date order, one run for each dump. */
export function register(program: Command): void {
  program
    .command("backfill")
    .summary("load many dumps in date order, one run for each dump")
    .description(
      "Uploads the dumps of a folder, or uses those under a prefix of the bucket, and requests a run for each date. The " +
        "runs wait in the ledger and start one after another, even after this command has ended. Dates whose dump has " +
        "already been loaded are skipped.",
    )
    .argument(
      "[path|s3://bucket/prefix]",
      "folder or prefix with dumps named by date, such as dump_20260207.sql; default: the stored dumps of loaded dates",
    )
    .option("--from <YYYY-MM-DD>", "first business date", parseBusinessDate)
    .option("--to <YYYY-MM-DD>", "last business date", parseBusinessDate)
    .addOption(
      new Option("--on-failure <action>", "stop: a failed date cancels the waiting later dates; continue: leave a gap")
        .choices(["stop", "continue"])
        .default("stop"),
    )
    .option("--allow-gaps", "load even if some of the days have no dump")
    .option("--force", "repeat published dates: history restarts at the first date")
    .option("--dry-run", "only show what would be loaded")
    .option("--no-watch", "exit after the requests instead of following the runs")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton backfill dumps --dry-run\n  ./baton backfill dumps --from 2026-02-01 --to 2026-02-28\n" +
        "  ./baton backfill --from 2026-02-10 --force --on-failure continue",
    )
    .action(async (source: string | undefined, options: BackfillCommandOptions, command: Command) => {
      const stage = withClients(await openStage(command.optsWithGlobals<{ stage: string }>().stage));
      process.exitCode = await backfill(stage, source ?? `s3://${stage.bucket}/processed/`, options);
    });
}

async function backfill(stage: ClientAccess, source: string, options: BackfillCommandOptions): Promise<number> {
  await using ledger = await openLedgerOf(stage);
  const dumps = await findBackfillDumps(stage, source, { from: options.from, to: options.to });
  const days = await plan(ledger.pool, stage, dumps, options);
  if (options.dryRun === true || days.length === 0) {
    printAnswer(options.json, { days: days.map(describe) }, () => renderPlan(days, dumps.length));
    return 0;
  }
  await upload(stage, days);
  const runIds = days.map(({ runId }) => runId);
  const before = await readBackfillRuns(ledger.pool, runIds);
  const id = crypto.randomUUID();
  for (const day of days)
    await request(stage, day, { id, onFailure: options.onFailure, force: options.force === true });
  const overview = commandFor(stage.stage, "runs --state waiting");
  say(`requested ${formatMany(days.length, "run")}; they continue after this command ends. To see them: ${overview}`);
  const following = { pool: ledger.pool, stage: stage.stage, runIds, before };
  const states = options.watch ? await followBackfill(following) : new Map<string, RunState>();
  const answer = days.map((day) => ({ ...describe(day), state: states.get(day.runId) ?? null }));
  printAnswer(options.json, { days: answer }, () => renderResult(answer, stage.stage));
  return answer.every(({ state }) => state === null || state === "completed") ? 0 : 1;
}

function describe({ dump, runId }: PlannedDay): {
  businessDate: BusinessDate;
  dump: string;
  bytes: number;
  runId: RunId;
} {
  return { businessDate: dump.businessDate, dump: dump.name, bytes: dump.bytes, runId };
}

async function plan(
  pool: Pool,
  stage: ClientAccess,
  dumps: readonly BackfillDump[],
  options: BackfillCommandOptions,
): Promise<PlannedDay[]> {
  const force = options.force === true;
  const live = (await readLiveSets(pool)).get(stage.layers.at(-1) ?? "")?.businessDate;
  const known = await readBackfillRuns(pool, dumps.map(runIdOfDump));
  const isDone = (dump: BackfillDump): boolean =>
    ["completed", "waiting", "running"].includes(known.get(runIdOfDump(dump))?.state ?? "");
  const done = new Set(dumps.filter(isDone).map(({ businessDate }) => businessDate));
  const dates = dumps.map(({ businessDate }) => businessDate);
  const open = new Set(
    planBackfill(dates, { live, done }, { force, allowGaps: options.allowGaps === true, from: options.from }),
  );
  const days: PlannedDay[] = [];
  for (const dump of dumps.filter(({ businessDate }) => open.has(businessDate))) {
    const runId = runIdOfDump(dump);
    const isRepeat = force && known.has(runId);
    days.push({
      dump,
      runId: isRepeat ? runIdOf(dump.businessDate, dump.sha256, await nextRepeat(pool, runId)) : runId,
    });
  }
  return days;
}

function runIdOfDump({ businessDate, sha256 }: BackfillDump): RunId {
  return runIdOf(businessDate, sha256);
}

/** Uploads all files before the first request, so that no run starts without the dumps of the dates before it. */
async function upload({ s3, bucket }: ClientAccess, days: readonly PlannedDay[]): Promise<void> {
  const files = days.flatMap(({ dump }) => (dump.kind === "file" ? [dump] : []));
  const progress = new Progress();
  try {
    for (const [index, { prepared, name }] of files.entries()) {
      const place = `${name} (${index + 1} of ${files.length})`;
      await uploadDump(prepared, {
        ...{ s3, bucket, existing: "keep" },
        onProgress: (bytes) =>
          progress.show(`${place}: ${formatBytes(bytes)} of ${formatBytes(prepared.bytes)} uploaded`),
      });
    }
  } finally {
    progress.end();
  }
}

async function request(
  stage: ClientAccess,
  { dump, runId }: PlannedDay,
  { id, onFailure, force }: { id: string; onFailure: "stop" | "continue"; force: boolean },
): Promise<void> {
  await requestRun(stage.eventBridge, stage, {
    businessDate: dump.businessDate,
    runId,
    manifestKey:
      dump.kind === "manifest" ? dump.manifestKey : dump.kind === "file" ? dump.prepared.manifestKey : undefined,
    ...(dump.kind === "object" && { dump: dump.reference }),
    allowStale: true,
    isForced: force,
    backfill: { id, onFailure },
  });
}

/** The dates of a backfill as text. */
export function renderPlan(days: readonly PlannedDay[], found: number): string {
  const skipped = found - days.length;
  const note =
    skipped === 0
      ? []
      : [`skipped ${skipped} of ${formatMany(found, "date")}: a run has loaded the dump or will load it.`];
  if (days.length === 0) return note.join("\n");
  const rows = days.map(({ dump, runId }) => [dump.businessDate, formatBytes(dump.bytes), runId, dump.name]);
  return [table(["date", "size", "run", "dump"], rows, { alignRight: [1] }), ...note].join("\n");
}

function renderResult(
  days: readonly { businessDate: BusinessDate; runId: RunId; state: RunState | null }[],
  stage: string,
): string {
  const rest = days.filter(({ state }) => state !== null && state !== "completed");
  const completed = days.filter(({ state }) => state === "completed").length;
  const first = rest.find(({ state }) => state === "failed") ?? rest[0];
  return [
    `${completed} of ${formatMany(days.length, "date")} completed`,
    ...rest.map(({ businessDate, runId, state }) => `${businessDate} ${state ?? ""} (run ${runId})`),
    ...(first === undefined ? [] : [`To see why: ${commandFor(stage, `status ${first.runId}`)}`]),
  ].join("\n");
}
