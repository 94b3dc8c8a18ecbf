import { PermanentError } from "../../errors/errors.ts";

/** The error for a warehouse that was moved. @param movedTo host:port of the new server */
export function targetRetired(movedTo: string, place = "this server"): PermanentError {
  return new PermanentError("TARGET_RETIRED", `the warehouse on ${place} is retired: it was moved to ${movedTo}`, {
    kind: "target",
    advice:
      `Set AURORA_ENDPOINT (deployment parameter databaseEndpoint) to ${movedTo}, and deploy. ` +
      "To undo the move before the first run there: ./baton migrate back",
  });
}
