import type { Pool } from "mysql2/promise";
import type { BusinessDate, RunId } from "../../events/ids.ts";
import type { DumpReference } from "../../events/schemas.ts";
import type { LayerRow } from "../../local/layer-table.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { laterDates, nextRunIdOf, readLiveSets, type LiveSet } from "../../shared/ledger/reads/read-live-sets.ts";
import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import { formatMany } from "../../shared/text/format.ts";
import { rebuildCommand } from "../../shared/text/gap-text.ts";
import { runCommandLine, type RunOptions } from "./run-options.ts";
import { UsageError } from "../usage-error.ts";

/** A run that starts at a later layer with the live tables of the layer before it. */
export interface RerunPlan {
  runId: RunId;
  businessDate: BusinessDate;
  /** Correlation ID of the run that created the live tables. */
  correlationId: string;
  dump: DumpReference;
}

/** The request of the operator. */
export interface RerunChoice {
  from: string;
  date: BusinessDate | undefined;
  options: RunOptions;
}

/**
 * Plans a run that starts at a later layer. It uses the live tables of the layer before it, so these must be of the
 * date.
 *
 * @param layers the layer table
 * @throws UsageError when there is no such layer
 * @throws PermanentError UPSTREAM_NOT_LIVE, UPSTREAM_OTHER_DATE or DATE_SUPERSEDED with the commands that help
 * @see docs/decisions/runs/021
 */
export async function planRerun(pool: Pool, layers: readonly LayerRow[], choice: RerunChoice): Promise<RerunPlan> {
  const { from, date, options } = choice;
  const upstream = upstreamOf(layers, from);
  const sets = await readLiveSets(pool);
  const live = sets.get(upstream);
  if (live?.dump === undefined) {
    throw new PermanentError(
      "UPSTREAM_NOT_LIVE",
      `${from} cannot start: the ledger knows no run that published the live tables of ${upstream}`,
      { kind: "input", advice: `Run the date from its first layer: ${allLayers(options, date)}` },
    );
  }
  if (date !== undefined && date !== live.businessDate) throw otherDate(choice, date, live);
  await requireNewest(pool, { businessDate: live.businessDate, options, live: sets.get(from) });
  const { businessDate, correlationId, dump } = live;
  return { runId: await nextRunIdOf(pool, { ...live, dump }), businessDate, correlationId, dump };
}

/** The layer before a layer. @throws UsageError when there is no such layer, or none before it */
export function upstreamOf(layers: readonly LayerRow[], from: string): string {
  const upstream = layers.find(({ name }) => name === from)?.listensTo;
  if (upstream !== undefined) return upstream;
  throw new UsageError(
    `there is no layer ${from} after the first one`,
    `The layers are ${layers.map(({ name }) => name).join(", ")}.`,
  );
}

function allLayers({ watch }: RunOptions, date: BusinessDate | undefined): string {
  const command = runCommandLine({ date, force: true, watch });
  return `./baton ${command}`;
}

function otherDate({ from, options }: RerunChoice, date: BusinessDate, live: LiveSet): PermanentError {
  return new PermanentError(
    "UPSTREAM_OTHER_DATE",
    `${from} of ${date} cannot start: it reads ${live.layer}, which has ${live.businessDate} (run ${live.runId})`,
    {
      kind: "input",
      advice:
        `Load ${date} again, from its first layer: ${allLayers(options, date)}. It replaces ${live.businessDate} ` +
        `until you repeat that date: ${allLayers(options, live.businessDate)}`,
    },
  );
}

/**
 * Refuses a date that would replace a newer one, unless the operator forces it.
 *
 * @throws PermanentError DATE_SUPERSEDED with the commands
 */
export async function requireNewest(
  pool: Pool,
  {
    businessDate,
    options,
    live,
  }: {
    businessDate: BusinessDate;
    options: RunOptions;
    /** The live tables that the run reads. */
    live: LiveSet | undefined;
  },
): Promise<void> {
  if (options.force === true || live === undefined || live.businessDate <= businessDate) return;
  const later = await laterDates(pool, businessDate);
  const command = runCommandLine({ ...options, date: businessDate, force: true });
  throw new PermanentError(
    "DATE_SUPERSEDED",
    `${live.layer} has ${live.businessDate} (run ${live.runId}), which is newer than ${businessDate}. Nothing was replaced`,
    {
      kind: "input",
      advice:
        `To replace it: ./baton ${command}. ` +
        lostDatesText(LOCAL_STAGE, businessDate, later.length > 0 ? later : [live.businessDate]),
    },
  );
}

/**
 * Explains what the history loses when a date is repeated after later ones were published, and how to rebuild it.
 *
 * @param later the later published dates, in order
 */
export function lostDatesText(stage: string, businessDate: BusinessDate, later: readonly BusinessDate[]): string {
  const [first = businessDate] = later;
  return (
    `The history that models keep then ends at ${businessDate} and lacks ${formatMany(later.length, "later date")} ` +
    `(${datesText(later)}) until you repeat them: ${rebuildCommand(stage, first)}`
  );
}

function datesText(dates: readonly BusinessDate[]): string {
  const [first = "", ...others] = dates;
  return others.length === 0 ? first : `${first} to ${others.at(-1) ?? ""}`;
}
