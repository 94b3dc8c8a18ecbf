import { functionProcesses } from "../../support/faults/function-process.ts";
import { untilTurn, type Fault } from "./fault.ts";

/**
 * The function's process is stopped, as in a frozen sandbox, until another attempt has taken over the layer. Then the
 * process resumes. Its dbt process is never stopped.
 */
export function freeze(layer: string): Fault {
  return {
    name: `${layer} function frozen until another attempt has started`,
    layer,
    leaves: ["interrupted"],
    async strike(disturbed) {
      const { stack, runId, say } = disturbed;
      await untilTurn(disturbed);
      await stack.untilLayer(runId, layer, ["running"]);
      const pids = await functionProcesses(stack.functionName(layer));
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      say(`froze ${layer}`);
      try {
        await stack.until(`a second attempt of ${layer}`, 60_000, async () =>
          (await stack.layers(runId)).find((row) => row.layer === layer && row.attempt > 1),
        );
      } finally {
        for (const pid of pids) process.kill(pid, "SIGCONT");
      }
    },
  };
}
