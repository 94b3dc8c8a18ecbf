import type { ResourceParts } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";

/**
 * Resources that are retained because their data exists nowhere else. The bus is retained with its archive: EventBridge
 * does not delete a bus that has rules, and an archive creates a rule.
 * @see EventBridge API Reference, DeleteEventBus; EventBridge User Guide, "Archiving events"
 */
const KEPT_IDS = ["Bucket", "Bus", "Archive", "Incidents"];

/**
 * Retains a resource when the stack is deleted or a change replaces the resource. When the creation fails, the resource
 * is removed: its fixed name would make the next attempt fail.
 */
export const kept = { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" };

/** Adds these policies to the resources that hold data, in a protected environment. */
export function protect(resources: ResourceParts, { isProtected, target }: Settings): ResourceParts {
  if (!isProtected) return resources;
  // data that is encrypted with AlertsKey must stay readable after the environment changes to its own key
  const ids = Object.keys(resources).filter((id) => id.endsWith("Dlq") || id === "AlertsKey");
  // the emulator's CloudFormation has no archives (local/deploy.ts)
  const keptIds = [...ids, ...KEPT_IDS].filter((id) => target === "aws" || id !== "Archive");
  return { ...resources, ...Object.fromEntries(keptIds.map((id) => [id, { ...resources[id], ...kept }])) };
}
