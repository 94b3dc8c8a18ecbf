import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { MetricForwarder } from "./metric-forwarder.ts";

// A service of the local stack: `node forward.ts`, runs until it is stopped. BATON_PERIOD_SCALE
// shortens the periods of alarms, for tests.
const INTERVAL_MS = 2_000;
/** The emulator has stopped when this many calls in a row fail. */
const MAX_FAILURES = 30;

const periodScale = Number(process.env["BATON_PERIOD_SCALE"] ?? 1);
/** File with the time of the newest forwarded value, for restarts. */
const sinceFile = "since";
let since = Number(await readFile(sinceFile, "utf8").catch(() => 0));
const forwarder = new MetricForwarder({ periodScale, since });
let failures = 0;
while (failures < MAX_FAILURES) {
  try {
    const newest = Math.max(since, ...(await forwarder.forward()).map(({ at }) => at));
    if (newest > since) await writeFile(sinceFile, String(newest));
    since = newest;
    failures = 0;
  } catch (error) {
    failures += 1;
    process.stderr.write(`${new Date().toISOString()} ${String(error)}\n`);
  }
  await wait(INTERVAL_MS);
}
