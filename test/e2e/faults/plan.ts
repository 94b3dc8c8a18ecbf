import { awsFaults } from "./aws.ts";
import { connectionCut, databaseRestart, deadlock, failover, lockHeld, tableLocked } from "./database.ts";
import { diskFull } from "./disk-full.ts";
import type { Fault } from "./fault.ts";
import { freeze } from "./freeze.ts";
import { kill } from "./kill.ts";
import { olderRunsLate, threeCopies, tooEarly } from "./messages.ts";

const LAYERS = ["staging", "silver", "gold"];

function aws(name: string): Fault {
  const fault = awsFaults.find((candidate) => candidate.name === name);
  if (fault === undefined) throw new RangeError(`there is no fault ${name}`);
  return fault;
}

/** Each run has one kill in each layer; the last run has the remaining kills. */
function killsOf(count: number): Fault[][] {
  const kills = Array.from({ length: count }, (_, index) => kill(LAYERS[index % LAYERS.length] ?? "gold"));
  return Array.from({ length: Math.ceil(count / LAYERS.length) }, (_, run) => kills.slice(run * 3, run * 3 + 3));
}

/**
 * Combinations of faults, one per layer, that share one run of the pipeline, as the time of `npm test` is limited. A restart
 * comes last: a layer that is faster than usual is over when it strikes, and it would end the session of the next fault.
 */
const QUICK: Fault[][] = [
  [aws("S3 truncates bodies"), failover("silver"), threeCopies("gold")],
  [aws("EventBridge rejects all entries and answers 200"), deadlock("silver"), databaseRestart("gold")],
];

/** Every fault in a separate run. */
const ALL: Fault[][] = [
  ...LAYERS.map((layer) => [threeCopies(layer)]),
  [tooEarly()],
  [olderRunsLate()],
  ...LAYERS.map((layer) => [databaseRestart(layer)]),
  ...LAYERS.map((layer) => [connectionCut(layer)]),
  ...LAYERS.map((layer) => [failover(layer)]),
  [lockHeld("silver")],
  [lockHeld("gold")],
  [tableLocked("staging", "staging.rooms")],
  [tableLocked("silver", "silver.stg_rooms")],
  [tableLocked("gold", "gold.new_contracts")],
  ...LAYERS.map((layer) => [deadlock(layer)]),
  [diskFull("silver")],
  [freeze("staging")],
  [freeze("silver")],
  ...awsFaults.map((fault) => [fault]),
];

/** The runs to make, with the faults of each: `kills` kills, and with `isFull` every fault in a separate run. */
export function plannedRuns({ kills, isFull }: { kills: number; isFull: boolean }): Fault[][] {
  return [...killsOf(kills), ...QUICK, ...(isFull ? ALL : [])];
}
