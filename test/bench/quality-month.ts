import { parseArgs } from "node:util";
import { HARMLESS, isPlanted, runMonth } from "../support/quality-month.ts";
import { startServices, stopServices } from "../support/services.ts";
import { testWarehouse } from "../support/warehouse.ts";

/*
 * Months of evolved days with planted anomalies, at any size: what was found, what was found wrongly, and what it costs.
 *
 *   node test/bench/quality-month.ts --size-mb 10 --seeds 1,2,3
 *   node test/bench/quality-month.ts --size-mb 200 --days 3       # what it costs
 */
const { values } = parseArgs({
  options: {
    "size-mb": { type: "string", default: "1" },
    seeds: { type: "string", default: "7" },
    days: { type: "string" },
  },
});

const numberOfDays = values.days === undefined ? undefined : Number(values.days);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
await startServices();
try {
  for (const seed of values.seeds.split(",").map(Number)) {
    const warehouse = testWarehouse();
    try {
      const sizeBytes = Number(values["size-mb"]) * 1e6;
      const days = [...(await runMonth(warehouse.config, { sizeBytes, seed, date: "2026-02-01" }, numberOfDays))];
      const planted = days.filter(([day]) => isPlanted(day) && day !== HARMLESS);
      const others = days.filter(([day]) => !isPlanted(day) || day === HARMLESS);
      const found = planted.filter(([, { findings }]) => findings.length > 0).length;
      const alarms = others.flatMap(([day, { findings }]) => findings.map((finding) => ({ day, ...finding })));
      const sum = (time: "loadMs" | "profileMs" | "judgeMs"): string =>
        (days.reduce((total, [, day]) => total + day[time], 0) / 1_000).toFixed(1);
      say(
        `seed ${seed}: ${days.length} days, ${found} of ${planted.length} planted days have findings, ${alarms.length} false alarms; ` +
          `load ${sum("loadMs")} s, profiles ${sum("profileMs")} s, history and judgement ${sum("judgeMs")} s`,
      );
      if (numberOfDays !== undefined) {
        for (const [day, { loadMs, profileMs, judgeMs }] of days) {
          const [load, profiles, judged] = [loadMs, profileMs, judgeMs].map((ms) => (ms / 1_000).toFixed(2));
          say(`  day ${day}: load ${load} s, profiles ${profiles} s, history and judgement ${judged} s`);
        }
      }
      for (const [day, { findings }] of planted) {
        for (const { name, status, message } of findings) say(`  day ${day}: ${status} ${name}: ${message ?? ""}`);
      }
      for (const { day, name, message } of alarms) say(`  FALSE day ${day}: ${name}: ${message ?? ""}`);
    } finally {
      await warehouse.dispose();
    }
  }
} finally {
  await stopServices();
}
