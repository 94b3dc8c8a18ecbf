/** Days of an average month. */
export const DAYS_PER_MONTH = 365 / 12;

const MINUTES_PER_DAY = 24 * 60;

/**
 * How often a schedule calls its target in a day. Knows what serverless/functions.ts uses: `rate(<n> minutes)`, and `cron`
 * with minutes and hours.
 *
 * @throws Error for any other expression
 */
export function callsPerDay(expression: string): number {
  const rate = /^rate\((\d+) minutes?\)$/.exec(expression)?.[1];
  if (rate !== undefined) return MINUTES_PER_DAY / Number(rate);
  const [, minutes, hours] = /^cron\((\S+) (\S+) \* \* \? \*\)$/.exec(expression) ?? [];
  if (minutes === undefined || hours === undefined) throw new Error(`unknown schedule: ${expression}`);
  return countOf(minutes, 60) * countOf(hours, 24);
}

/** Number of values of a cron field: `*`, `0/5`, or a list of values and ranges. */
function countOf(field: string, size: number): number {
  if (field === "*") return size;
  const step = /^0\/(\d+)$/.exec(field)?.[1];
  if (step !== undefined) return Math.ceil(size / Number(step));
  return field.split(",").reduce((sum, part) => {
    const [first = "", last = first] = part.split("-");
    return sum + Number(last) - Number(first) + 1;
  }, 0);
}
