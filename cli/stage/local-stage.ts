import { clientOptions } from "../../local/emulator/client-options.ts";
import { localStatus, type LocalStatus } from "../../local/local-status.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { StageAccess } from "./stage-access.ts";

export { clientOptions };

// The only way from a command to local/. Other files import this one dynamically, so that commands for AWS load none of it.

/** @throws PermanentError LOCAL_STACK_DOWN with the command that starts it */
export async function requireLocalStack(): Promise<LocalStatus> {
  const status = await localStatus();
  if (status !== undefined) return status;
  throw new PermanentError("LOCAL_STACK_DOWN", "the local stack is not running", {
    kind: "target",
    advice: "./baton local up",
  });
}

/** Opens the stack on this machine. @throws PermanentError LOCAL_STACK_DOWN */
export async function openLocalStage(): Promise<StageAccess> {
  const status = await requireLocalStack();
  // every layer has a queue; reading the layer table would load the YAML parser
  return accessTo(status, Object.keys(status.queues));
}

/** Access to an environment of the emulator. */
export function accessTo(status: LocalStatus, layers: string[], schemaPrefix = ""): StageAccess {
  const { host, port } = status.database;
  return {
    stage: status.stage,
    bus: status.bus,
    bucket: status.bucket,
    layers,
    replayFunction: status.replayFunction,
    alertsQueue: status.alertsQueue,
    warehouse: { host, port, ...status.operator, tls: "disabled", schemaPrefix },
    deployment: status.deployment,
    targetFingerprint: status.targetFingerprint,
    clientOptions: clientOptions(status),
  };
}
