import type { Logger } from "@aws-lambda-powertools/logger";
import { InvalidEventError, parseEvent } from "../../events/parse-event.ts";
import type { BatonEvent, DetailType, EventOf } from "../../events/schemas.ts";
import type { AwsClients } from "../aws/clients.ts";
import type { LayerEnvironment } from "../config/function-config.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { assertNever } from "../errors/assert-never.ts";
import { PermanentError } from "../errors/errors.ts";
import { judge } from "../errors/judge.ts";
import { unknownPattern } from "../errors/patterns.ts";
import { retryDelaySeconds } from "./retry-policy.ts";
import { claimLayer, type RunIdentity } from "../ledger/claims/claim.ts";
import { takeLayerLock, type LayerLock } from "../ledger/claims/layer-lock.ts";
import { openLedger, type OpenLedger } from "../ledger/open-ledger.ts";
import { publishOutbox, rearmOutbox } from "../ledger/claims/outbox.ts";
import { settleIntents } from "../ledger/publication/publication.ts";
import { FenceLostError } from "../ledger/claims/settle.ts";
import { metrics } from "../observability/observability.ts";
import { traceAttempt } from "../observability/trace-attempt.ts";
import { expectedTarget } from "./expected-target.ts";
import { identityOf } from "./identity-of.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { hears, type LayerDefinition } from "./layer-definition.ts";
import { outgoingEventIds } from "./layer-events.ts";
import type { QueueMessage } from "./message.ts";
import { recordUnclaimed } from "./record-unclaimed.ts";
import { giveUp, runAttempt, type AttemptPorts } from "./run-attempt.ts";

/** What the runtime works with; everything real, also in tests. */
export interface LayerPorts {
  environment: LayerEnvironment;
  aws: AwsClients;
  warehouse: WarehouseConfig;
  logger: Logger;
  /** When the function must have stopped. */
  deadline: Date;
}

/** What becomes of a message: it is done with, or it comes back after a while. */
export type Disposition = { kind: "acknowledge" } | { kind: "return"; afterSeconds: number };

const ACKNOWLEDGE: Disposition = { kind: "acknowledge" };

/** A message is hidden for so many heartbeats: two may get lost. */
const VISIBILITY_IN_HEARTBEATS = 3;

/** Younger events are left to the function that wrote them. */
const SWEEP_AGE_SECONDS = 60;

/**
 * Takes one message through the life of a layer: parse, heartbeat, target check, claim, run, complete or fail.
 * Duplicated and late messages are harmless.
 *
 * @see handbook, design.md section 5
 */
export async function processMessage<T extends DetailType>(
  definition: LayerDefinition<T>,
  message: QueueMessage,
  ports: LayerPorts,
): Promise<Disposition> {
  const event = await readEvent(definition, message, ports);
  if (event === undefined) return ACKNOWLEDGE;
  const visibilitySeconds = ports.environment.BATON_HEARTBEAT_SECONDS * VISIBILITY_IN_HEARTBEATS;
  const heartbeat = startHeartbeat(
    ports.environment.BATON_HEARTBEAT_SECONDS,
    (signal) => message.hideFor(visibilitySeconds, signal),
    (error) => warnOfVisibility(error, ports),
  );
  let disposition: Disposition;
  try {
    disposition = await workOn(definition, event, message, ports);
  } catch (error) {
    disposition = await unclaimed(definition, event, message, ports, error);
  } finally {
    await heartbeat.stop();
  }
  if (disposition.kind === "return") await hide(message, disposition.afterSeconds, ports);
  return disposition;
}

/** Sets when the message comes back. It may be gone: another attempt has taken over and acknowledged it. */
async function hide(message: QueueMessage, seconds: number, ports: LayerPorts): Promise<void> {
  await message.hideFor(seconds).catch((error: unknown) => warnOfVisibility(error, ports));
}

function warnOfVisibility(error: unknown, { logger }: LayerPorts): void {
  logger.warn("the message's visibility could not be set", { error: String(error) });
}

/** Reads the event; one that the layer cannot take goes to the dead-letter queue with the reason. */
async function readEvent<T extends DetailType>(
  definition: LayerDefinition<T>,
  message: QueueMessage,
  ports: LayerPorts,
): Promise<EventOf<T> | undefined> {
  try {
    const event = parseEvent(message.record.body);
    if (hears(definition.listensTo, event)) return event;
    throw new InvalidEventError(`${definition.name} does not listen to ${describe(event)}`);
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    const refused = new PermanentError("EVENT_INVALID", error.message, {
      kind: "input",
      advice:
        `Look at it, and see docs/events.md for the contract: ./baton dlq show ${definition.name} --pattern EVENT_INVALID. ` +
        `Delete it: ./baton dlq purge ${definition.name} --id MESSAGE --yes`,
    });
    ports.logger.error("event refused", { code: refused.code, reason: refused.message });
    const verdict = judge(refused);
    await message.copyToDeadLetters({ layer: definition.name, error: verdict.error });
    const messageId = message.record.messageId;
    await recordUnclaimed(ports, { runId: undefined, messageId, verdict, consequence: "dead-letter" });
    return undefined;
  }
}

function describe(event: BatonEvent): string {
  const data = event.detail.data;
  return "layer" in data ? `${event["detail-type"]} of ${data.layer}` : event["detail-type"];
}

async function workOn<T extends DetailType>(
  definition: LayerDefinition<T>,
  event: EventOf<T>,
  message: QueueMessage,
  ports: LayerPorts,
): Promise<Disposition> {
  const { environment } = ports;
  const ledger = await openLedger(ports.warehouse, expectedTarget(environment, event));
  try {
    await sweepOutbox(ledger, ports);
    const identity = await (definition.identify?.(event, ports) ?? identityOf(event));
    const { runId, businessDate, correlationId } = identity;
    ports.logger.appendKeys({ runId, businessDate, correlationId });
    const idleSeconds = environment.BATON_HEARTBEAT_SECONDS * VISIBILITY_IN_HEARTBEATS;
    const lock = await takeLayerLock(ports.warehouse, definition.name, idleSeconds);
    if (lock === undefined) {
      ports.logger.info("the layer is at work elsewhere, the message waits");
      return { kind: "return", afterSeconds: idleSeconds };
    }
    try {
      return await workUnderLock(definition, event, message, { ...ports, ledger, lock, identity });
    } finally {
      await lock.release();
    }
  } finally {
    await ledger.pool.end();
  }
}

/** Tells what a function that died has left untold. Fail-open: it is not this message's business. */
async function sweepOutbox({ pool }: OpenLedger, { aws, environment, logger }: LayerPorts): Promise<void> {
  try {
    const age = { minimumAgeSeconds: SWEEP_AGE_SECONDS };
    const published = await publishOutbox(pool, aws.eventBridge, environment.BATON_BUS, age);
    if (published > 0) logger.warn("events that an earlier function had left were sent", { published });
  } catch (error) {
    logger.warn("events that an earlier function had left could not be sent", { error: String(error) });
  }
}

interface LockedPorts extends LayerPorts {
  ledger: OpenLedger;
  lock: LayerLock;
  identity: RunIdentity;
}

async function workUnderLock<T extends DetailType>(
  definition: LayerDefinition<T>,
  event: EventOf<T>,
  message: QueueMessage,
  ports: LockedPorts,
): Promise<Disposition> {
  const { environment, ledger, identity, lock, logger, aws } = ports;
  const policy = environment.BATON_LAYER;
  const tell = (): Promise<number> => publishOutbox(ledger.pool, aws.eventBridge, environment.BATON_BUS);

  await settleIntents(lock.connection, policy.name);
  const claim = await claimLayer(
    ledger.pool,
    policy,
    identity,
    { messageId: message.record.messageId, sentAt: message.sentAt, replayId: message.replayId },
    lock.connectionId,
  );
  switch (claim.kind) {
    case "completed":
      logger.info("the layer is already complete for this run, its event is sent again");
      await rearmOutbox(ledger.pool, outgoingEventIds(identity.runId, policy));
      await tell();
      return ACKNOWLEDGE;
    case "superseded":
      logger.info("a newer run has taken over, nothing is done", { supersededBy: claim.by });
      return ACKNOWLEDGE;
    case "failed-before":
      logger.info("a late copy of a message that has failed for good is let go");
      return ACKNOWLEDGE;
    case "not-yet":
      return { kind: "return", afterSeconds: claim.retryAfterSeconds };
    case "exhausted":
    case "claimed": {
      const key = { runId: identity.runId, layer: policy.name, attempt: claim.attempt };
      logger.appendKeys({ attempt: claim.attempt });
      const handsOn = claim.kind === "claimed" && claim.handsOn;
      const attemptPorts: AttemptPorts = { ...ports, key, claim: { handsOn }, tell, startedAt: new Date() };
      if (claim.kind === "claimed") {
        return traceAttempt({ ...key, businessDate: identity.businessDate }, () =>
          runAttempt(definition, event, message, claim, attemptPorts),
        );
      }
      const error = new PermanentError(
        "ATTEMPTS_EXHAUSTED",
        `all ${policy.retries + 1} attempts of ${policy.name} were cut off before they could end`,
        {
          kind: "timeout",
          advice: `Look at the function's log for memory or time, then: ./baton dlq replay ${policy.name}`,
        },
      );
      await giveUp(message, judge(error), error, attemptPorts);
      return ACKNOWLEDGE;
    }
    default:
      return assertNever(claim);
  }
}

/** An error for which no claimed attempt stands: the wrong target, no database, a bus that did not answer. */
async function unclaimed<T extends DetailType>(
  definition: LayerDefinition<T>,
  event: EventOf<T>,
  message: QueueMessage,
  ports: LayerPorts,
  error: unknown,
): Promise<Disposition> {
  const { environment, logger } = ports;
  if (error instanceof FenceLostError) {
    logger.warn("another attempt took the layer over", { reason: error.message });
    return { kind: "return", afterSeconds: environment.BATON_HEARTBEAT_SECONDS * VISIBILITY_IN_HEARTBEATS };
  }
  const verdict = judge(error);
  const retries = verdict.error.retriable;
  logger.error("the message could not be worked on", { failure: verdict.error, pattern: verdict.pattern, retries });
  const runId = event.detail.metadata.runId ?? (await identified(definition, event, ports));
  if (!retries) await message.copyToDeadLetters({ runId, layer: definition.name, error: verdict.error });
  metrics.add("UnknownErrors", verdict.pattern === unknownPattern.name ? 1 : 0);
  const consequence = retries ? "retry" : "dead-letter";
  await recordUnclaimed(ports, { runId, messageId: message.record.messageId, verdict, consequence });
  if (!retries) return ACKNOWLEDGE;
  const afterSeconds = retryDelaySeconds(
    environment.BATON_LAYER,
    message.receiveCount,
    environment.BATON_INTERVAL_SCALE,
  );
  return { kind: "return", afterSeconds };
}

/** The run of a request that does not name it, if it can still be found out. */
async function identified<T extends DetailType>(
  definition: LayerDefinition<T>,
  event: EventOf<T>,
  ports: LayerPorts,
): Promise<string | undefined> {
  return definition.identify?.(event, ports).then(
    ({ runId }) => runId,
    () => undefined,
  );
}
