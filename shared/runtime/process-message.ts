import { setTimeout as wait } from "node:timers/promises";
import { buildEvent } from "../../events/build-event.ts";
import { InvalidEventError, parseEvent } from "../../events/parse-event.ts";
import type { BatonEvent, Detail, DetailType, EventData, EventOf } from "../../events/schemas.ts";
import type { EventBus } from "../aws/published-events.ts";
import type { LayerPolicy } from "../config/layer-table.ts";
import { assertNever } from "../errors/assert-never.ts";
import { PermanentError } from "../errors/errors.ts";
import { judge } from "../errors/judge.ts";
import { unknownPattern } from "../errors/patterns.ts";
import { claimLayer, type RunIdentity } from "../ledger/claims/claim.ts";
import { takeTurn, type TurnRequest } from "../ledger/claims/take-turn.ts";
import { takeLayerLock } from "../ledger/claims/layer-lock.ts";
import { publishOutbox, rearmOutbox } from "../ledger/claims/outbox.ts";
import { FenceLostError } from "../ledger/claims/settle.ts";
import { openLedger, type OpenLedger } from "../ledger/open-ledger.ts";
import { settleIntents } from "../ledger/publication/publication.ts";
import { metrics } from "../observability/observability.ts";
import { traceAttempt } from "../observability/trace-attempt.ts";
import {
  ACKNOWLEDGE,
  type AttemptContext,
  type Disposition,
  type FunctionContext,
  type LockedContext,
  type MessageContext,
} from "./context.ts";
import { giveUp, isTargetVerdict, publishQuietly } from "./end-attempt.ts";
import { expectedTarget } from "./expected-target.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { identityOf } from "./identity-of.ts";
import { matches, type LayerDefinition } from "./layer-definition.ts";
import { outgoingEventIds } from "./layer-events.ts";
import type { QueueMessage } from "./message.ts";
import { recordUnclaimed } from "./record-unclaimed.ts";
import { retryDelaySeconds } from "./retry-policy.ts";
import { runAttempt } from "./run-attempt.ts";

/** Visibility timeout in heartbeats: two may be lost. */
const VISIBILITY_IN_HEARTBEATS = 3;

/** Time until the second look at a server that is not the expected one. */
const SECOND_LOOK_MS = 30_000;

/** Longest delay of a retry without a claimed attempt: with 20 receives it stays far below the retention of the queue. */
const MAX_RETRY_SECONDS = 900;

/** Younger events are left to the function that wrote them. */
const SWEEP_AGE_SECONDS = 60;

/**
 * Processes one message of a layer: parse, heartbeat, target check, claim, run, complete or fail. Duplicate and late
 * messages change nothing.
 *
 * @see docs/architecture.md, "The life of an attempt"
 */
export async function processMessage<T extends DetailType>(
  definition: LayerDefinition<T>,
  message: QueueMessage,
  ports: FunctionContext,
): Promise<Disposition> {
  const event = await readEvent(definition, message, ports);
  if (event === undefined) return ACKNOWLEDGE;
  const context: MessageContext<T> = { ...ports, definition, message, event };
  const heartbeat = startHeartbeat(
    ports.environment.BATON_HEARTBEAT_SECONDS,
    (signal) => message.hideFor(idleSecondsOf(ports), signal),
    (error) => warnOfVisibility(error, ports),
  );
  let disposition: Disposition;
  try {
    disposition = await workOn(context);
  } catch (error) {
    disposition = await failUnclaimed(context, error);
  } finally {
    await heartbeat.stop();
  }
  if (disposition.kind === "return") await hide(context, disposition.afterSeconds);
  return disposition;
}

/** An attempt without heartbeat for so long, seconds, is dead. */
function idleSecondsOf({ environment }: FunctionContext): number {
  return environment.BATON_HEARTBEAT_SECONDS * VISIBILITY_IN_HEARTBEATS;
}

/** Sets when the message becomes visible. It may be deleted already, when another attempt took over. */
async function hide<T extends DetailType>(context: MessageContext<T>, seconds: number): Promise<void> {
  await context.message.hideFor(seconds).catch((error: unknown) => warnOfVisibility(error, context));
}

function warnOfVisibility(error: unknown, { logger }: FunctionContext): void {
  logger.warn("the visibility timeout of the message could not be set", { error: String(error) });
}

/** Reads the event; one that the layer cannot process goes to the DLQ with the reason. */
async function readEvent<T extends DetailType>(
  definition: LayerDefinition<T>,
  message: QueueMessage,
  ports: FunctionContext,
): Promise<EventOf<T> | undefined> {
  try {
    const event = parseEvent(message.record.body);
    if (matches(definition.listensTo, event)) {
      const reason = definition.reasonToIgnore?.(event);
      if (reason === undefined) return event;
      ports.logger.info("event ignored", { reason });
      return undefined;
    }
    throw new InvalidEventError(`${definition.name} does not listen to ${describe(event)}`);
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    const refused = new PermanentError("EVENT_INVALID", error.message, {
      kind: "input",
      advice:
        `Compare it with the contract in docs/events.md: ./baton dlq show ${definition.name} --pattern EVENT_INVALID. ` +
        `Delete it: ./baton dlq purge ${definition.name} --id MESSAGE --yes`,
    });
    ports.logger.error("event refused", { code: refused.code, reason: refused.message });
    const verdict = judge(refused);
    await message.copyToDlq({ layer: definition.name, error: verdict.error });
    const messageId = message.record.messageId;
    await recordUnclaimed(ports, { runId: undefined, messageId, verdict, consequence: "dead-letter" });
    return undefined;
  }
}

function describe(event: BatonEvent): string {
  const data = event.detail.data;
  return "layer" in data ? `${event["detail-type"]} of ${data.layer}` : event["detail-type"];
}

async function workOn<T extends DetailType>(received: MessageContext<T>): Promise<Disposition> {
  const { definition, warehouse, logger } = received;
  const ledger = await openConfirmed(received);
  try {
    await sweepOutbox(ledger, received);
    const event = (await definition.complete?.(received.event, ledger.pool)) ?? received.event;
    const context = { ...received, event };
    const identity = await (definition.identify?.(event, context) ?? identityOf(event));
    const { runId, businessDate, correlationId } = identity;
    logger.appendKeys({ runId, businessDate, correlationId });
    const publishEvents = (): Promise<number> => publishOutbox(ledger.pool, busOf(context), { runId });
    const turn = await takeTurn(ledger.pool, turnRequest(context, identity));
    if (turn.kind !== "active") {
      const { restarts, state } = { restarts: false, state: undefined, ...turn };
      logger.info(turn.kind === "waiting" ? "the run waits for its turn" : "the run has ended", { restarts, state });
      await publishQuietly({ publishEvents, logger });
      return ACKNOWLEDGE;
    }
    const idleSeconds = idleSecondsOf(context);
    const lock = await takeLayerLock(warehouse, definition.name, idleSeconds);
    if (lock === undefined) {
      logger.info("another attempt of the layer is running, the message waits");
      return { kind: "return", afterSeconds: idleSeconds };
    }
    try {
      return await workUnderLock({ ...context, ledger, lock, identity, publishEvents });
    } finally {
      await lock.release();
    }
  } finally {
    await ledger.pool.end();
  }
}

/** A permanent verdict about the server needs two looks: during a failover another server may answer for a moment. */
async function openConfirmed<T extends DetailType>(context: MessageContext<T>): Promise<OpenLedger> {
  const { warehouse, environment, event, logger } = context;
  const open = (): Promise<OpenLedger> => openLedger(warehouse, expectedTarget(environment, event));
  try {
    return await open();
  } catch (error) {
    if (!isTargetVerdict(error)) throw error;
    logger.warn("the warehouse is not the expected one, it is checked again", { reason: error.message });
    await wait(SECOND_LOOK_MS * environment.BATON_INTERVAL_SCALE);
    return open();
  }
}

function busOf({ aws: { eventBridge, s3 }, environment }: FunctionContext): EventBus {
  return { eventBridge, s3, bus: environment.BATON_BUS, bucket: environment.BATON_BUCKET };
}

/** Publishes events that dead functions left. An error is only logged: these events do not belong to this message. */
async function sweepOutbox({ pool }: OpenLedger, context: FunctionContext): Promise<void> {
  try {
    const age = { minimumAgeSeconds: SWEEP_AGE_SECONDS };
    const published = await publishOutbox(pool, busOf(context), age);
    if (published > 0) context.logger.warn("events that an earlier function had left were published", { published });
  } catch (error) {
    context.logger.warn("events that an earlier function had left could not be published", { error: String(error) });
  }
}

async function workUnderLock<T extends DetailType>(context: LockedContext<T>): Promise<Disposition> {
  const { environment, ledger, identity, lock, logger, message } = context;
  const policy = environment.BATON_LAYER;
  await lock.use((connection) => settleIntents(connection, policy.name));
  const claim = await claimLayer(
    ledger.pool,
    policy,
    identity,
    { messageId: message.record.messageId, replayId: message.replayId },
    lock.connectionId,
  );
  switch (claim.kind) {
    case "completed":
      logger.info("the layer is already complete for this run, its event is published again");
      await rearmOutbox(ledger.pool, outgoingEventIds(identity.runId, policy));
      await context.publishEvents();
      return ACKNOWLEDGE;
    case "superseded":
      logger.info("superseded by a newer run, nothing is done", { supersededBy: claim.by });
      await publishQuietly(context);
      return ACKNOWLEDGE;
    case "not-active":
      logger.info("the run is no longer active, nothing is done", { state: claim.state });
      return ACKNOWLEDGE;
    case "not-yet":
      return { kind: "return", afterSeconds: claim.retryAfterSeconds };
    case "exhausted":
    case "refused":
    case "claimed": {
      const key = { runId: identity.runId, layer: policy.name, attempt: claim.attempt };
      logger.appendKeys({ attempt: claim.attempt });
      const attempt: AttemptContext<T> = { ...context, key, startedAt: new Date() };
      if (claim.kind === "claimed") {
        const traced = { ...key, businessDate: identity.businessDate };
        return traceAttempt(traced, () => runAttempt({ ...attempt, claim }));
      }
      const error = claim.kind === "refused" ? claim.error : attemptsExhausted(policy);
      await giveUp(attempt, { verdict: judge(error), error });
      return ACKNOWLEDGE;
    }
    default:
      return assertNever(claim);
  }
}

function attemptsExhausted({ name, retries }: LayerPolicy): PermanentError {
  return new PermanentError(
    "ATTEMPTS_EXHAUSTED",
    `all ${retries + 1} attempts of ${name} were killed before they could end`,
    {
      kind: "timeout",
      advice: `Look for memory or timeout at the end of the function's log, then: ./baton dlq replay ${name}`,
    },
  );
}

/** The question for a turn; a request is stored as the event that starts the run later. */
function turnRequest<T extends DetailType>(context: MessageContext<T>, identity: RunIdentity): TurnRequest {
  const { event, environment, message } = context;
  const { metadata } = event.detail;
  const emittedAt = new Date(metadata.emittedAt);
  const { runId, correlationId, causationId } = identity;
  const origin = { runId, stage: environment.BATON_STAGE, correlationId, causationId, emittedAt };
  const request = requestOf(event);
  return {
    policy: environment.BATON_LAYER,
    identity,
    message: { sentAt: message.sentAt, emittedAt, replayId: message.replayId },
    request: request && buildEvent("PipelineRequested", origin, request).detail,
  };
}

function requestOf(event: BatonEvent): EventData<"PipelineRequested"> | undefined {
  return event["detail-type"] === "PipelineRequested" ? event.detail.data : undefined;
}

/** Handles an error without a claimed attempt: a wrong target, no database, a bus that did not answer. */
async function failUnclaimed<T extends DetailType>(context: MessageContext<T>, error: unknown): Promise<Disposition> {
  const { definition, event, environment, logger, message } = context;
  if (error instanceof FenceLostError) {
    logger.warn("another attempt took the layer over", { reason: error.message });
    return { kind: "return", afterSeconds: idleSecondsOf(context) };
  }
  const verdict = judge(error);
  const retries = verdict.error.retriable;
  logger.error("the message could not be processed", { failure: verdict.error, pattern: verdict.pattern, retries });
  // a layer listens only to events of runs, which its type does not say
  const metadata: Pick<Detail<"PipelineRequested">["metadata"], "eventId" | "runId"> = event.detail.metadata;
  const runId = metadata.runId ?? (await identified(context));
  if (!retries) await message.copyToDlq({ runId, layer: definition.name, error: verdict.error });
  metrics.add("UnknownErrors", verdict.pattern === unknownPattern.name ? 1 : 0);
  const consequence = retries ? "retry" : "dead-letter";
  await recordUnclaimed(context, { runId, messageId: message.record.messageId, verdict, consequence });
  if (!retries) return ACKNOWLEDGE;
  const { BATON_LAYER: policy, BATON_INTERVAL_SCALE: scale } = environment;
  const afterSeconds = Math.min(retryDelaySeconds(policy, message.receiveCount, scale), MAX_RETRY_SECONDS * scale);
  return { kind: "return", afterSeconds };
}

/** The run of a request that does not name it, if it can be found. */
async function identified<T extends DetailType>(context: MessageContext<T>): Promise<string | undefined> {
  return context.definition.identify?.(context.event, context).then(
    ({ runId }) => runId,
    () => undefined,
  );
}
