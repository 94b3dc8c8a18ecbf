import { parseArgs } from "node:util";
import { runPlannedMonth, type DayFinding, type MonthOutcome } from "../support/months/planned-month.ts";
import { startServices, stopServices } from "../support/services.ts";
import { testWarehouse } from "../support/warehouse.ts";

/*
 * Takes months of evolved days, with anomalies on random days, tables and columns, through loader, profiles and checks
 * on a real server. Reports detected and missed anomalies, false alarms and the cost. Exits with 1 when an anomaly was
 * missed or a month had more than one false alarm.
 *
 *   node test/bench/quality-month.ts                                # seeds 1 to 10, dumps of 1 MB
 *   node test/bench/quality-month.ts --size-mb 20 --seeds 1-2
 *   node test/bench/quality-month.ts --seeds 7,19 --verbose         # planted anomalies and their findings
 */
const { values } = parseArgs({
  options: {
    "size-mb": { type: "string", default: "1" },
    seeds: { type: "string", default: "1-10" },
    verbose: { type: "boolean", default: false },
  },
});

/** Parses `1-3,7` as 1, 2, 3, 7. */
function seedsOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split("-").map(Number);
    if (!Number.isInteger(from) || !Number.isInteger(to)) throw new RangeError(`no list of seeds: ${text}`);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds({ days }: MonthOutcome, time: "loadMs" | "profileMs" | "judgeMs"): string {
  return (days.reduce((total, day) => total + day[time], 0) / 1_000).toFixed(1).padStart(8);
}

function findingText({ day, status, name, message = "" }: DayFinding): string {
  return `day ${day} ${status} ${name}: ${message}`;
}

function row(seed: number, outcome: MonthOutcome): string {
  const { plan, days, found, falseAlarms, besides } = outcome;
  const share = `${found.length}/${plan.anomalies.length}`;
  const counts = [days.length, share, falseAlarms.length, besides.length].map((value) => String(value).padStart(8));
  const times = (["loadMs", "profileMs", "judgeMs"] as const).map((time) => seconds(outcome, time));
  return [String(seed).padStart(6), plan.date, ...counts, ...times].join("  ");
}

let isGood = true;
await startServices();
try {
  const heads = ["days", "found", "false", "besides", "load s", "profile", "judge"].map((head) => head.padStart(8));
  say(["  seed", "from      ", ...heads].join("  "));
  for (const seed of seedsOf(values.seeds)) {
    const warehouse = testWarehouse();
    try {
      const outcome = await runPlannedMonth(warehouse.config, { sizeBytes: Number(values["size-mb"]) * 1e6, seed });
      isGood &&= outcome.missed.length === 0 && outcome.falseAlarms.length <= 1;
      say(row(seed, outcome));
      for (const { day, kind, what } of outcome.missed) say(`        MISSED day ${day} ${kind}: ${what}`);
      for (const finding of outcome.falseAlarms) say(`        FALSE ${findingText(finding)}`);
      if (!values.verbose) continue;
      for (const { anomaly, findings } of outcome.found) {
        say(`        found ${anomaly.kind}: ${anomaly.what}, until day ${anomaly.until}`);
        for (const finding of findings) say(`              ${findingText(finding)}`);
      }
    } finally {
      await warehouse.dispose();
    }
  }
} finally {
  await stopServices();
}
process.exitCode = isGood ? 0 : 1;
