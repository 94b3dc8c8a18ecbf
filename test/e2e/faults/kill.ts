import { setTimeout as wait } from "node:timers/promises";
import { childrenOf, functionProcesses, isRunning } from "../../support/faults/function-process.ts";
import { untilTurn, type Fault } from "./fault.ts";

/** Time for an orphan to end after its parent, ms. It takes a second of CPU time, and other work may need the cores. */
const ORPHAN_MS = 60_000;

/**
 * `kill -9` of the function's process, but not of its children, at a random time after its first visibility extension.
 */
export function kill(layer: string): Fault {
  return {
    name: `kill -9 of the ${layer} function`,
    layer,
    async strike(disturbed) {
      const { stack, usualMs, random, say, killed } = disturbed;
      const point = random.unit();
      const begun = Date.now();
      await untilTurn(disturbed);
      const turn = Date.now();
      await stack.untilTaken(layer, begun);
      await wait(Math.max(0, turn + point * usualMs - Date.now()));
      const orphans = await childrenOf(await functionProcesses(stack.functionName(layer)));
      const pids = await stack.kill(layer);
      killed(new Date());
      say(`killed ${layer} (${pids.length} processes) at ${Math.round(point * 100)} % of ${Math.round(usualMs)} ms`);
      await stack.until(`the end of the orphans ${orphans.join(", ")}`, ORPHAN_MS, async () =>
        (await Promise.all(orphans.map(isRunning))).includes(true) ? undefined : true,
      );
    },
  };
}
