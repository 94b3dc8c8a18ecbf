import type { ResourceParts } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";

/**
 * Resources that outlive the stack, because nothing else has their data. The bus stays with its archive: EventBridge deletes
 * no bus that has rules, and an archive has a rule of its own.
 * @see EventBridge API Reference, DeleteEventBus; EventBridge User Guide, "Archiving events"
 */
const KEPT_IDS = ["Bucket", "Bus", "Archive", "Incidents"];

/**
 * What a resource needs to stay when the stack is deleted, or when a change would replace it. A failed creation removes it
 * again: it has a fixed name, so the next attempt would otherwise find it in the way.
 */
export const kept = { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" };

/** Adds these policies to the resources that hold data, in a protected environment. */
export function protect(resources: ResourceParts, { isProtected, target }: Settings): ResourceParts {
  if (!isProtected) return resources;
  // without its old key nobody could read what is still encrypted with it, after a change to the environment's own key
  const ids = Object.keys(resources).filter((id) => id.endsWith("Dlq") || id === "AlertsKey");
  // the emulator's CloudFormation has no archives (local/deploy.ts)
  const keptIds = [...ids, ...KEPT_IDS].filter((id) => target === "aws" || id !== "Archive");
  return { ...resources, ...Object.fromEntries(keptIds.map((id) => [id, { ...resources[id], ...kept }])) };
}
