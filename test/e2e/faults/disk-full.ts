import { rm } from "node:fs/promises";
import { fillUp } from "../../support/faults/small-folder.ts";
import { untilTurn, type Fault } from "./fault.ts";

/** Free space that remains: too little for dbt's files. */
const FREE_BYTES = 64 * 1024;

/** The functions' temporary folder is full from the layer's start until its first attempt has failed. */
export function diskFull(layer: string): Fault {
  return {
    name: `no room in /tmp for ${layer}`,
    layer,
    leaves: ["disk-full"],
    skippedBecause: ({ isTemporarySmall }) => (isTemporarySmall ? undefined : "only root may mount a small /tmp"),
    async strike(disturbed) {
      const { stack, runId } = disturbed;
      const ballast = await fillUp(stack.temporary, FREE_BYTES);
      try {
        await untilTurn(disturbed);
        await stack.untilLayer(runId, layer, ["retrying"]);
      } finally {
        await rm(ballast);
      }
    },
  };
}
