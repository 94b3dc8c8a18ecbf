import type { Pool } from "mysql2/promise";
import { runIdOf, type BusinessDate, type RunId } from "../../events/ids.ts";
import type { DumpReference } from "../../events/schemas.ts";
import type { LayerRow } from "../../local/layer-table.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { nextRepeat } from "../../shared/ledger/reads/read-status.ts";
import { laterDates, readLiveSets, type LiveSet } from "../../shared/ledger/reads/read-live-sets.ts";
import { dayAndDumpOf } from "../../shared/ledger/claims/supersede.ts";
import { UsageError } from "../usage-error.ts";

/** A re-run that begins at a layer, of what is live in the layer before it. */
export interface RerunPlan {
  runId: RunId;
  businessDate: BusinessDate;
  /** That of the run whose tables it takes up. */
  correlationId: string;
  dump: DumpReference;
}

/** What the operator asks for. */
export interface RerunChoice {
  from: string;
  date: BusinessDate | undefined;
  isForced: boolean;
}

/**
 * Plans a re-run from a layer: it takes up the tables that are live in the layer before, so these must be of the date.
 *
 * @param layers the layer table
 * @throws UsageError when there is no such layer
 * @throws PermanentError UPSTREAM_NOT_LIVE, UPSTREAM_OTHER_DATE or DATE_SUPERSEDED with the commands that lead there
 * @see docs/decisions/021
 */
export async function planRerun(pool: Pool, layers: readonly LayerRow[], choice: RerunChoice): Promise<RerunPlan> {
  const upstream = upstreamOf(layers, choice.from);
  const sets = await readLiveSets(pool);
  const live = sets.get(upstream);
  if (live?.dump === undefined) {
    throw new PermanentError(
      "UPSTREAM_NOT_LIVE",
      `${choice.from} cannot begin: what is live in ${upstream} is of no run that the ledger knows`,
      { kind: "input", advice: `Run the day from its first layer: ./baton run --force${dateOption(choice.date)}` },
    );
  }
  if (choice.date !== undefined && choice.date !== live.businessDate) throw otherDate(choice, choice.date, live);
  await requireNewest(pool, { businessDate: live.businessDate, isForced: choice.isForced }, sets.get(choice.from));
  const base = dayAndDumpOf(live.runId);
  return {
    runId: runIdOf(live.businessDate, live.dump.sha256, await nextRepeat(pool, base)),
    businessDate: live.businessDate,
    correlationId: live.correlationId,
    dump: live.dump,
  };
}

function upstreamOf(layers: readonly LayerRow[], from: string): string {
  const upstream = layers.find(({ name }) => name === from)?.listensTo;
  if (upstream !== undefined) return upstream;
  throw new UsageError(`there is no layer ${from}`, `the layers are ${layers.map(({ name }) => name).join(", ")}`);
}

function dateOption(date: BusinessDate | undefined): string {
  return date === undefined ? "" : ` --date ${date}`;
}

function otherDate({ from }: RerunChoice, date: BusinessDate, live: LiveSet): PermanentError {
  return new PermanentError(
    "UPSTREAM_OTHER_DATE",
    `${from} of ${date} cannot begin: it reads ${live.layer}, and that holds ${live.businessDate} (run ${live.runId})`,
    {
      kind: "input",
      advice:
        `Load ${date} again, from its first layer: ./baton run --date ${date} --force --allow-stale. It replaces ` +
        `${live.businessDate} until that is repeated: ./baton run --date ${live.businessDate} --force --allow-stale`,
    },
  );
}

/**
 * Refuses a date that would replace a newer one, unless the operator insists.
 *
 * @param live what is live in the layer where the run begins
 * @throws PermanentError DATE_SUPERSEDED with the commands
 */
export async function requireNewest(
  pool: Pool,
  { businessDate, isForced }: { businessDate: BusinessDate; isForced: boolean },
  live: LiveSet | undefined,
): Promise<void> {
  if (isForced || live === undefined || live.businessDate <= businessDate) return;
  const later = await laterDates(pool, businessDate);
  throw new PermanentError(
    "DATE_SUPERSEDED",
    `${live.layer} holds ${live.businessDate} (run ${live.runId}), which is newer than ${businessDate}: nothing is replaced`,
    {
      kind: "input",
      advice:
        "To replace it all the same, add --force --allow-stale; the status history then forgets what came after, " +
        `so repeat the later dates in order: ${commandsFor(later.length > 0 ? later : [live.businessDate])}`,
    },
  );
}

/** The commands that repeat these dates, in order. */
export function commandsFor(dates: readonly BusinessDate[]): string {
  return dates.map((date) => `./baton run --date ${date} --force --allow-stale --watch`).join(" && ");
}
