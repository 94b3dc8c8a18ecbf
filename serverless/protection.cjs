"use strict";
// What outlives the stack: whatever holds data that nothing else has.

/**
 * The bus stays with its archive: EventBridge deletes no bus that has rules, and an archive has one of its own.
 * @see EventBridge API Reference, DeleteEventBus; EventBridge User Guide, "Archiving events"
 */
const KEPT_IDS = ["Bucket", "Bus", "Archive", "Incidents"];

const isKept = (id) => KEPT_IDS.includes(id) || id.endsWith("Dlq");

/** As it stays where it is when the stack goes, or when a change would replace it. */
const kept = { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" };

/** The same resources, with those kept that hold data, on a stage that is protected. */
function protect(resources, { isProtected }) {
  if (!isProtected) return resources;
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => [id, isKept(id) ? { ...resource, ...kept } : resource]),
  );
}

module.exports = { kept, protect };
