import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { EVENT_SOURCE, type BatonEvent } from "../../events/schemas.ts";
import { TransientError } from "../errors/errors.ts";

/**
 * Puts an event on the bus.
 *
 * @throws TransientError EVENTS_NOT_ACCEPTED when the bus refuses it: PutEvents can answer 200 with a failed entry
 */
export async function putEvent(
  { eventBridge, bus }: { eventBridge: EventBridgeClient; bus: string },
  { "detail-type": DetailType, detail }: Pick<BatonEvent, "detail-type" | "detail">,
): Promise<void> {
  const entry = { EventBusName: bus, Source: EVENT_SOURCE, DetailType, Detail: JSON.stringify(detail) };
  const { Entries } = await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  const [answer] = Entries ?? [];
  if (answer?.EventId !== undefined) return;
  const reason = [answer?.ErrorCode, answer?.ErrorMessage].filter(Boolean).join(": ");
  throw new TransientError("EVENTS_NOT_ACCEPTED", `bus ${bus} refused ${DetailType}: ${reason || "no reason"}`, {
    kind: "aws",
    retryAfterSeconds: 10,
    advice: "Try again. To check the bus and the rules: ./baton doctor",
  });
}
