import { createHash } from "node:crypto";
import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { QuickSightClient } from "@aws-sdk/client-quicksight";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { buildEvent } from "../../events/build-event.ts";
import { isEventOf, parseEvent } from "../../events/parse-event.ts";
import { EVENT_SOURCE, type BatonEvent, type EventOf } from "../../events/schemas.ts";
import { PermanentError, TransientError } from "../../shared/errors/errors.ts";
import { judge, type Verdict } from "../../shared/errors/judge.ts";
import { QueueMessage } from "../../shared/runtime/message.ts";
import { logger } from "../../shared/observability/observability.ts";
import { formatMany } from "../../shared/text/format.ts";
import { lookAtIngestion, startIngestion, type IngestionKey, type IngestionState } from "./ingestions.ts";
import { readProgress, withoutProgress, withProgress, type RefreshProgress } from "./progress.ts";
import type { RefreshEnvironment } from "./refresh-environment.ts";

/** Name of the function in events and dead letters, where layers have theirs. */
const NAME = "refresh";
/** A copy that takes longer than this is taken for stuck. */
const LONGEST_MS = 2 * 3_600_000;
/** A message that cannot be worked on is given up after so many receives. */
const MAX_RECEIVES = 5;
const RETRY_SECONDS = 30;

/** What refresh works with. */
export interface RefreshPorts {
  sqs: SQSClient;
  eventBridge: EventBridgeClient;
  quickSight: QuickSightClient;
  environment: RefreshEnvironment;
}

/** The completion of the layer that the dashboards read. */
type Completed = EventOf<"LayerCompleted">;

/**
 * Takes a message one step further: the event starts the copies, each later look asks how they stand and sends itself
 * the next look, so that no function waits. Ends with `DashboardsRefreshed`, or with `LayerFailed` of `refresh` and a
 * dead letter that a replay begins anew. One copy that fails keeps no other from being made. Without
 * data sets there is nothing to refresh, and nothing is said.
 *
 * @returns whether the queue shall bring the message back
 */
export async function refresh(message: QueueMessage, ports: RefreshPorts): Promise<"acknowledge" | "return"> {
  const { environment } = ports;
  if (environment.BATON_QUICKSIGHT_DATA_SETS.length === 0) {
    logger.info("no data sets are configured, there is nothing to refresh");
    return "acknowledge";
  }
  try {
    await takeStep(message, ports);
    return "acknowledge";
  } catch (error) {
    return fail(message, judge(error), ports);
  }
}

async function takeStep(message: QueueMessage, ports: RefreshPorts): Promise<void> {
  const { body } = message.record;
  const event = readEvent(body);
  const known = readProgress(body);
  const progress = known ?? { startedAt: new Date().toISOString(), ingestionId: ingestionIdOf(event, message) };
  const takeUp = known === undefined ? startIngestion : lookAtIngestion;
  const states: [dataSetId: string, state: IngestionState][] = [];
  for (const key of keysOf(progress, ports)) states.push([key.dataSetId, await takeUp(ports.quickSight, key)]);
  if (known === undefined) logger.info("copies started", { dataSets: states.length });
  const working = states.filter(([, { kind }]) => kind === "working").map(([dataSetId]) => dataSetId);
  if (working.length === 0) return finish(event, progress, states, ports);
  if (Date.now() - Date.parse(progress.startedAt) > LONGEST_MS) {
    throw new PermanentError(
      "INGESTION_STUCK",
      `not copied within two hours: ${working.join(", ")} (${working.length} of ${formatMany(states.length, "data set")})`,
      {
        kind: "timeout",
        subjects: working,
        advice: "Look at the data sets' refresh history in QuickSight, cancel what hangs, then replay.",
      },
    );
  }
  return lookAgain(body, progress, ports);
}

/** All copies have ended: the dashboards are fresh, or it is told which are not. */
async function finish(
  event: Completed,
  progress: RefreshProgress,
  states: readonly [dataSetId: string, state: IngestionState][],
  ports: RefreshPorts,
): Promise<void> {
  const failed = states.flatMap(([dataSetId, state]) =>
    state.kind === "failed" ? [{ dataSetId, reason: state.reason }] : [],
  );
  const done = states.flatMap(([dataSetId, state]) => (state.kind === "done" ? [{ dataSetId, ...state }] : []));
  for (const { dataSetId, droppedRows } of done) {
    if (droppedRows > 0) logger.warn("QuickSight has left rows out of a copy", { dataSetId, droppedRows });
  }
  if (failed.length > 0) {
    const texts = failed.map(({ dataSetId, reason }) => `data set ${dataSetId}: ${reason}`);
    const rest = done.length === 0 ? "" : `; fresh are ${done.map(({ dataSetId }) => dataSetId).join(", ")}`;
    throw new PermanentError("INGESTION_FAILED", `${texts.join("; ")}${rest}`, {
      kind: "aws",
      subjects: failed.map(({ dataSetId }) => dataSetId),
      advice: "Look at the data set's refresh history in QuickSight; when its cause is repaired, replay.",
    });
  }
  const rows = done.reduce((sum, copy) => sum + copy.rows, 0);
  await put(refreshedEvent(event, progress, { dataSets: done.length, rows }, ports), ports);
  logger.info("dashboards refreshed", { dataSets: done.length, rows });
}

function readEvent(body: string): Completed {
  const event = parseEvent(body);
  if (isEventOf(event, "LayerCompleted")) return event;
  throw new PermanentError("EVENT_INVALID", `refresh does not listen to ${event["detail-type"]}`, { kind: "input" });
}

/**
 * The same for every copy of the same message, so that a second delivery starts nothing; another one after a replay,
 * because what failed under an id stays failed.
 */
function ingestionIdOf({ detail }: Completed, message: QueueMessage): string {
  const turn = message.replayId ?? message.record.messageAttributes["failedAt"]?.stringValue ?? "";
  const hash = createHash("sha256").update(turn).digest("hex").slice(0, 8);
  return `baton-${detail.metadata.runId}-${hash}`;
}

function keysOf({ ingestionId }: RefreshProgress, { environment }: RefreshPorts): IngestionKey[] {
  return environment.BATON_QUICKSIGHT_DATA_SETS.map((dataSetId) => ({
    account: environment.BATON_ACCOUNT,
    dataSetId,
    ingestionId,
  }));
}

async function lookAgain(body: string, progress: RefreshProgress, { sqs, environment }: RefreshPorts): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: environment.BATON_QUEUE_URL,
      MessageBody: withProgress(body, progress),
      DelaySeconds: environment.BATON_QUICKSIGHT_CHECK_SECONDS,
    }),
  );
}

async function fail(message: QueueMessage, verdict: Verdict, ports: RefreshPorts): Promise<"acknowledge" | "return"> {
  const { error } = verdict;
  const isLast = !error.retriable || message.receiveCount >= MAX_RECEIVES;
  logger.error("refresh failed", { failure: error, pattern: verdict.pattern, retries: !isLast });
  if (!isLast) {
    await message.hideFor(verdict.retryAfterSeconds ?? RETRY_SECONDS).catch((reason: unknown) => {
      logger.warn("the message comes back later than it could", { error: String(reason) });
    });
    return "return";
  }
  const { event, progress, original } = readFailed(message, ports);
  await original.copyToDlq({
    layer: NAME,
    attempt: 1,
    error,
    ...(event && { runId: event.detail.metadata.runId }),
  });
  if (event !== undefined) await put(failedEvent(event, progress, verdict, ports), ports);
  return "acknowledge";
}

/** What there is to say of a message that failed, which may be no event at all. */
function readFailed(message: QueueMessage, { sqs, environment }: RefreshPorts) {
  const queue = { sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
  try {
    const { body } = message.record;
    const original = new QueueMessage({ ...message.record, body: withoutProgress(body) }, queue);
    return { event: readEvent(body), progress: readProgress(body), original };
  } catch {
    return { event: undefined, progress: undefined, original: message };
  }
}

function baseOf({ detail: { data } }: Completed, progress: RefreshProgress | undefined, now: Date) {
  const startedAt = progress?.startedAt ?? now.toISOString();
  const { businessDate, dump, target } = data;
  return {
    ...{ layer: NAME, attempt: 1, businessDate, dump, target, startedAt },
    finishedAt: now.toISOString(),
    durationMs: Math.max(0, now.getTime() - Date.parse(startedAt)),
  };
}

function contextOf({ detail: { metadata } }: Completed, { environment }: RefreshPorts, emittedAt: Date) {
  const { runId, correlationId, eventId } = metadata;
  return { runId, correlationId, causationId: eventId, stage: environment.BATON_STAGE, emittedAt };
}

function refreshedEvent(
  event: Completed,
  progress: RefreshProgress,
  { dataSets, rows }: { dataSets: number; rows: number },
  ports: RefreshPorts,
): BatonEvent {
  const now = new Date();
  const stats = { tables: dataSets, rows, bytes: 0 };
  return buildEvent("DashboardsRefreshed", contextOf(event, ports, now), { ...baseOf(event, progress, now), stats });
}

function failedEvent(
  event: Completed,
  progress: RefreshProgress | undefined,
  { error, subjects }: Verdict,
  ports: RefreshPorts,
): BatonEvent {
  const now = new Date();
  return buildEvent("LayerFailed", contextOf(event, ports, now), {
    ...baseOf(event, progress, now),
    error: { ...error, subjects },
  });
}

async function put(event: BatonEvent, { eventBridge, environment }: RefreshPorts): Promise<void> {
  const { Entries } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: environment.BATON_BUS,
          Source: EVENT_SOURCE,
          DetailType: event["detail-type"],
          Detail: JSON.stringify(event.detail),
        },
      ],
    }),
  );
  // PutEvents can answer 200 with failed entries
  const [entry] = Entries ?? [];
  if (entry?.EventId !== undefined) return;
  throw new TransientError(
    "EVENTS_NOT_ACCEPTED",
    `the bus refused ${event["detail-type"]}: ${entry?.ErrorCode ?? ""}`,
    {
      kind: "aws",
      retryAfterSeconds: 10,
    },
  );
}
