import { createHash } from "node:crypto";
import type { QuickSightClient } from "@aws-sdk/client-quicksight";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { buildEvent } from "../../events/build-event.ts";
import { isEventOf } from "../../events/parse-event.ts";
import { type BatonEvent, type EventOf, type LayerStats } from "../../events/schemas.ts";
import { publishedEvent, storeEvent, type EventBus } from "../../shared/aws/published-events.ts";
import { putEvent } from "../../shared/aws/put-event.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { judge, type Verdict } from "../../shared/errors/judge.ts";
import { REFRESH_LIMIT_SECONDS } from "../../shared/runtime/max-receives.ts";
import type { QueueMessage } from "../../shared/runtime/message.ts";
import { logger } from "../../shared/observability/observability.ts";
import { formatMany } from "../../shared/text/format.ts";
import { checkIngestion, type IngestionState } from "./ingestions.ts";
import type { RefreshEnvironment } from "./refresh-environment.ts";

/** Name of the function in events and DLQ messages, where layers have theirs. */
const NAME = "refresh";
/** An ingestion that takes longer than this is considered stuck. Also limits how long errors are retried. */
const MAX_MS = REFRESH_LIMIT_SECONDS * 1_000;
/** A copy that lacks more than this share of its rows is a failure, not a refresh. */
const MAX_DROPPED_SHARE = 0.01;

/** What refresh works with. */
export interface RefreshPorts {
  sqs: SQSClient;
  bus: EventBus;
  quickSight: QuickSightClient;
  environment: RefreshEnvironment;
}

/** New tables of the layer that the dashboards read: from a run, or restored from a backup. */
type Completed = EventOf<"LayerCompleted" | "LayerRestored">;
type DataSetState = readonly [dataSetId: string, state: IngestionState];

/**
 * Starts the SPICE ingestions of all data sets and follows them: while one is running, the message returns to the queue
 * and its visibility timeout is the time until the next check, so that no function waits and no function sends itself
 * messages (Lambda stops such a chain: docs/decisions/runs/070). Ends with `DashboardsRefreshed`, or with `LayerFailed` of
 * `refresh` and a DLQ message whose replay starts new ingestions. One failed ingestion does not stop the others. Does
 * nothing where no data sets are configured.
 *
 * @returns whether the message returns to the queue
 */
export async function refresh(message: QueueMessage, ports: RefreshPorts): Promise<"acknowledge" | "return"> {
  const { environment } = ports;
  if (environment.BATON_QUICKSIGHT_DATA_SETS.length === 0) {
    logger.info("no data sets are configured, nothing to refresh");
    return "acknowledge";
  }
  let event: Completed | undefined;
  try {
    event = await readEvent(message.record.body, ports);
    return event === undefined ? "acknowledge" : await check(event, message, ports);
  } catch (error) {
    return fail(event, message, judge(error), ports);
  }
}

async function check(event: Completed, message: QueueMessage, ports: RefreshPorts): Promise<"acknowledge" | "return"> {
  const ingestionId = ingestionIdOf(event, message);
  const states: DataSetState[] = [];
  for (const dataSetId of ports.environment.BATON_QUICKSIGHT_DATA_SETS) {
    const key = { account: ports.environment.BATON_ACCOUNT, dataSetId, ingestionId };
    states.push([dataSetId, await checkIngestion(ports.quickSight, key)]);
  }
  const working = states.filter(([, { kind }]) => kind === "working").map(([dataSetId]) => dataSetId);
  logger.info("ingestions checked", { ingestionId, dataSets: states.length, working: working.length });
  if (working.length > 0) {
    if (!isOverdue(message)) return returnIn(message, ports.environment.BATON_QUICKSIGHT_CHECK_SECONDS);
    throw new PermanentError(
      "INGESTION_STUCK",
      `not ingested within two hours: ${working.join(", ")} (${working.length} of ${formatMany(states.length, "data set")})`,
      {
        kind: "timeout",
        subjects: working,
        advice: "Check the data sets' refresh history in QuickSight, cancel the stuck ingestions, then replay.",
      },
    );
  }
  await finish(event, message, states, ports);
  return "acknowledge";
}

function isOverdue({ firstReceivedAt }: QueueMessage): boolean {
  return Date.now() - firstReceivedAt.getTime() > MAX_MS;
}

async function returnIn(message: QueueMessage, seconds: number): Promise<"return"> {
  await message.hideFor(seconds).catch((reason: unknown) => {
    logger.warn("visibility timeout not changed, the next check is late", { error: String(reason) });
  });
  return "return";
}

/** All ingestions have ended: publishes DashboardsRefreshed, or throws with the data sets that failed. */
async function finish(
  event: Completed,
  message: QueueMessage,
  states: readonly DataSetState[],
  ports: RefreshPorts,
): Promise<void> {
  const done = states.flatMap(([dataSetId, state]) => (state.kind === "done" ? [{ dataSetId, ...state }] : []));
  for (const { dataSetId, droppedRows } of done) {
    if (droppedRows > 0) logger.warn("QuickSight dropped rows of a data set", { dataSetId, droppedRows });
  }
  requireAllRows(states);
  const sum = (count: "rows" | "droppedRows"): number => done.reduce((total, copy) => total + copy[count], 0);
  const stats = { tables: done.length, rows: sum("rows"), bytes: 0, droppedRows: sum("droppedRows") };
  await put(refreshedEvent(event, message, stats, ports), ports);
  logger.info("dashboards refreshed", { dataSets: done.length, rows: stats.rows, droppedRows: stats.droppedRows });
}

/** @throws PermanentError INGESTION_FAILED, or INGESTION_DROPPED_ROWS where QuickSight dropped more than 1 % of the rows */
function requireAllRows(states: readonly DataSetState[]): void {
  const problems = states.flatMap(([dataSetId, state]) => {
    const reason = problemOf(state);
    return reason === undefined ? [] : [{ dataSetId, reason }];
  });
  if (problems.length === 0) return;
  const subjects = problems.map(({ dataSetId }) => dataSetId);
  const fresh = states.map(([dataSetId]) => dataSetId).filter((dataSetId) => !subjects.includes(dataSetId));
  const hasFailed = states.some(([, { kind }]) => kind === "failed");
  throw new PermanentError(
    hasFailed ? "INGESTION_FAILED" : "INGESTION_DROPPED_ROWS",
    problems.map(({ dataSetId, reason }) => `data set ${dataSetId}: ${reason}`).join("; ") +
      (fresh.length === 0 ? "" : `; refreshed: ${fresh.join(", ")}`),
    {
      kind: "aws",
      subjects,
      advice: "Check the data set's refresh history in QuickSight. When the cause is fixed, replay.",
    },
  );
}

function problemOf(state: IngestionState): string | undefined {
  if (state.kind === "failed") return state.reason;
  if (state.kind === "working") return undefined;
  const { rows, droppedRows } = state;
  if (droppedRows <= (rows + droppedRows) * MAX_DROPPED_SHARE) return undefined;
  return `QuickSight dropped ${droppedRows} of ${formatMany(rows + droppedRows, "row")}, at most 1 % is allowed`;
}

/** Undefined for an event that no function of the environment has published. */
async function readEvent(body: string, { bus }: RefreshPorts): Promise<Completed | undefined> {
  const event = await publishedEvent(bus, body);
  if (event === undefined || isEventOf(event, "LayerCompleted") || isEventOf(event, "LayerRestored")) return event;
  throw new PermanentError("EVENT_INVALID", `refresh does not process ${event["detail-type"]} events`, {
    kind: "input",
  });
}

/**
 * The same for every delivery of a message, so that a second delivery starts nothing; a new one after a replay,
 * because an ingestion that failed cannot be restarted under its ID.
 */
function ingestionIdOf({ detail, "detail-type": type }: Completed, message: QueueMessage): string {
  const restoredAt = type === "LayerRestored" ? detail.metadata.emittedAt : "";
  const replay = message.replayId ?? message.record.messageAttributes["failedAt"]?.stringValue ?? restoredAt;
  const hash = createHash("sha256").update(replay).digest("hex").slice(0, 8);
  return `baton-${detail.metadata.runId}-${hash}`;
}

/** @param event undefined for a message that is no event: only its DLQ message reports it */
async function fail(
  event: Completed | undefined,
  message: QueueMessage,
  verdict: Verdict,
  ports: RefreshPorts,
): Promise<"acknowledge" | "return"> {
  const { error } = verdict;
  const retries = error.retriable && !isOverdue(message);
  logger.error("refresh failed", { failure: error, pattern: verdict.pattern, retries });
  // also where the error asks for an earlier retry: the queue counts receives (shared/runtime/max-receives.ts)
  if (retries) return returnIn(message, ports.environment.BATON_QUICKSIGHT_CHECK_SECONDS);
  await message.copyToDlq({ layer: NAME, attempt: 1, error, runId: event?.detail.metadata.runId });
  if (event !== undefined) await put(failedEvent(event, message, verdict, ports), ports);
  return "acknowledge";
}

function baseOf({ detail: { data } }: Completed, { firstReceivedAt }: QueueMessage, now: Date) {
  const { businessDate, dump, target } = data;
  return {
    ...{ layer: NAME, attempt: 1, businessDate, dump, target, startedAt: firstReceivedAt.toISOString() },
    finishedAt: now.toISOString(),
    durationMs: Math.max(0, now.getTime() - firstReceivedAt.getTime()),
  };
}

function contextOf({ detail: { metadata } }: Completed, { environment }: RefreshPorts, emittedAt: Date) {
  const { runId, correlationId, eventId } = metadata;
  return { runId, correlationId, causationId: eventId, stage: environment.BATON_STAGE, emittedAt };
}

function refreshedEvent(event: Completed, message: QueueMessage, stats: LayerStats, ports: RefreshPorts): BatonEvent {
  const now = new Date();
  return buildEvent("DashboardsRefreshed", contextOf(event, ports, now), { ...baseOf(event, message, now), stats });
}

function failedEvent(
  event: Completed,
  message: QueueMessage,
  { error, subjects }: Verdict,
  ports: RefreshPorts,
): BatonEvent {
  const now = new Date();
  return buildEvent("LayerFailed", contextOf(event, ports, now), {
    ...baseOf(event, message, now),
    error: { ...error, subjects },
  });
}

async function put(event: BatonEvent, { bus }: RefreshPorts): Promise<void> {
  await storeEvent(bus, event.detail.metadata.eventId, {
    detailType: event["detail-type"],
    detail: JSON.stringify(event.detail),
  });
  await putEvent(bus, event);
}
