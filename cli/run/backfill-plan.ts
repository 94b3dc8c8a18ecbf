import type { BusinessDate } from "../../events/ids.ts";
import { PermanentError } from "../../shared/errors/errors.ts";

/** What the ledger says about the dates of a backfill. */
export interface BackfillState {
  /** Date of the live tables of the last layer; undefined when nothing is published. */
  live: BusinessDate | undefined;
  /** Dates whose run with the same dump is completed, waiting or running. */
  done: ReadonlySet<BusinessDate>;
}

/** What to allow. */
export interface BackfillOptions {
  /** Repeat published dates: the history starts again at the first date of the backfill. */
  force: boolean;
  allowGaps: boolean;
  /** First date that the operator asked for. */
  from?: BusinessDate | undefined;
}

/** Days between two of the dates. */
function missingDays(dates: readonly BusinessDate[]): string[] {
  const missing: string[] = [];
  for (const [index, date] of dates.entries()) {
    const next = dates[index + 1];
    if (next === undefined) break;
    const day = new Date(`${date}T00:00:00Z`);
    for (
      day.setUTCDate(day.getUTCDate() + 1);
      day.toISOString().slice(0, 10) < next;
      day.setUTCDate(day.getUTCDate() + 1)
    ) {
      missing.push(day.toISOString().slice(0, 10));
    }
  }
  return missing;
}

function list(dates: readonly string[]): string {
  return dates.length <= 5 ? dates.join(", ") : `${dates.slice(0, 5).join(", ")} and ${dates.length - 5} more`;
}

/**
 * Chooses the dates that a backfill requests: all of them with `force`, else those whose dump has no run yet.
 *
 * @param dates of the dumps, in order, each once
 * @throws PermanentError BACKFILL_GAP when a day between the dates, or from the requested first date on, has no dump
 * @throws PermanentError BACKFILL_OVERLAP when a date to load is not after the published one, or a later published date is
 *   not part of the backfill
 */
export function planBackfill(
  dates: readonly BusinessDate[],
  { live, done }: BackfillState,
  { force, allowGaps, from }: BackfillOptions,
): BusinessDate[] {
  const start = from === undefined || dates.includes(from) || dates.length === 0 ? [] : [from];
  const missing = [...start, ...missingDays([...start, ...dates])];
  if (missing.length > 0 && !allowGaps) {
    throw new PermanentError(
      "BACKFILL_GAP",
      `there is no dump of ${list(missing)}: the history would lack these dates`,
      {
        kind: "input",
      },
    );
  }
  const last = dates.at(-1);
  if (force && live !== undefined && last !== undefined && last < live) {
    throw new PermanentError(
      "BACKFILL_OVERLAP",
      `the backfill ends at ${last}, but ${live} is published: the history would lose the dates after ${last}`,
      { kind: "input", advice: `Add the dumps up to ${live}, so that these dates are repeated as well.` },
    );
  }
  const open = force ? [...dates] : dates.filter((date) => !done.has(date));
  const tooOld = force ? [] : open.filter((date) => live !== undefined && date <= live);
  if (tooOld.length > 0) {
    throw new PermanentError(
      "BACKFILL_OVERLAP",
      `${list(tooOld)} ${tooOld.length === 1 ? "is" : "are"} not after ${live ?? ""}, which is published`,
      {
        kind: "input",
        advice: `To load only later dates: add --from with the day after ${live ?? ""}. To build the history again from ${dates[0] ?? ""}: add --force`,
      },
    );
  }
  return open;
}
