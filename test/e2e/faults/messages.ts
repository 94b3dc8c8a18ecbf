import { randomUUID } from "node:crypto";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { RowDataPacket } from "mysql2/promise";
import { eventIdOf, type RunId } from "../../../events/ids.ts";
import type { FaultStack } from "../../support/faults/fault-stack.ts";
import { untilTurn, UPSTREAM, type Fault } from "./fault.ts";

/** Publishes an event of the ledger's outbox again. */
async function putAgain(
  stack: FaultStack,
  eventId: string,
  change: (detail: string) => string = (detail) => detail,
): Promise<void> {
  const [[row]] = await stack.database.query<(RowDataPacket & { detail_type: string; detail: unknown })[]>(
    "SELECT detail_type, detail FROM pipeline.outbox WHERE event_id = ?",
    [eventId],
  );
  if (row === undefined) throw new Error(`the outbox has no event ${eventId}`);
  // MySQL's driver returns a JSON column as a value, MariaDB's as text or as a value
  const detail = typeof row.detail === "string" ? row.detail : JSON.stringify(row.detail);
  const entry = { EventBusName: stack.access.bus, Source: "baton", DetailType: row.detail_type };
  await stack.access.eventBridge.send(new PutEventsCommand({ Entries: [{ ...entry, Detail: change(detail) }] }));
}

/** The message that starts the layer is delivered three times. */
export function threeCopies(layer: string): Fault {
  return {
    name: `the message of ${layer} is delivered three times`,
    layer,
    async strike(disturbed) {
      const { stack, runId } = disturbed;
      await untilTurn(disturbed);
      const upstream = UPSTREAM[layer];
      for (let copy = 0; copy < 2; copy += 1) {
        if (upstream === undefined) await stack.requestAgain(runId);
        else await putAgain(stack, eventIdOf(runId, "LayerCompleted", upstream));
      }
    },
  };
}

/** The completion of silver arrives before silver has started: gold must wait for the real one. */
export function tooEarly(): Fault {
  return {
    name: "gold's message before silver's",
    layer: "gold",
    async strike({ stack, runId }) {
      const older = await newestCompletedRun(stack);
      await putAgain(stack, eventIdOf(older, "LayerCompleted", "silver"), (text) => {
        const detail = JSON.parse(text.replaceAll(older, runId)) as { metadata: { eventId: string } }; // an event's detail
        detail.metadata.eventId = randomUUID();
        return JSON.stringify(detail);
      });
      await stack.untilLayer(runId, "staging", ["completed"]);
    },
  };
}

/** Events of an older run are delivered again during this run. */
export function olderRunsLate(): Fault {
  return {
    name: "the events of an older run arrive late",
    layer: "silver",
    async strike(disturbed) {
      const { stack } = disturbed;
      const older = await newestCompletedRun(stack);
      await putAgain(stack, eventIdOf(older, "LayerCompleted", "silver"));
      await untilTurn(disturbed);
      for (const layer of ["staging", "silver"]) await putAgain(stack, eventIdOf(older, "LayerCompleted", layer));
    },
  };
}

async function newestCompletedRun(stack: FaultStack): Promise<RunId> {
  const [[row]] = await stack.database.query<(RowDataPacket & { run_id: RunId })[]>(
    "SELECT run_id FROM pipeline.run WHERE state = 'completed' ORDER BY seq DESC LIMIT 1",
  );
  if (row === undefined) throw new Error("no run is complete yet");
  return row.run_id;
}
