import { formatCount, formatDuration } from "../../text/format.ts";
import { PRICE_REGION, prices } from "./prices.ts";
import type { CostLine, ReportedAttempt, RunCost } from "./report.ts";

/** Memory and storage of a layer's function, from the layer table in `serverless.yml`. */
export interface LayerSize {
  name: string;
  memoryMb: number;
  storageMb: number;
}

/** The usage that the cost is computed from. */
export interface RunUsage {
  layers: readonly LayerSize[];
  attempts: readonly ReportedAttempt[];
  /** Events of the run that were sent to the bus. */
  events: number;
  now: Date;
}

/** Included with every function. @see AWS Lambda pricing, "Ephemeral Storage" */
const FREE_STORAGE_MB = 512;
/** Each message is sent, received and deleted, and its visibility timeout is set at least once. */
const SQS_REQUESTS_PER_EVENT = 4;
/** Interval at which the heartbeat extends a message's visibility timeout. */
const HEARTBEAT_SECONDS = 40;
/** The predecessor's jobs: Glue 4.0 with two workers G.1X, one DPU each. */
const GLUE_DPUS = 2;
const GLUE_MINIMUM_MS = 60_000;
/** The predecessor's state machine for three jobs: start, a task and a choice per layer, success. */
const TRANSITIONS_PER_LAYER = 2;
const TRANSITIONS_OF_FRAME = 3;

function lengthOf({ startedAt, finishedAt }: ReportedAttempt, now: Date): number {
  return Math.max(0, (finishedAt === null ? now.getTime() : Date.parse(finishedAt)) - Date.parse(startedAt));
}

/**
 * Computes the cost of a run at list prices, from the attempts of its layers at their memory size and from their
 * events, and the cost of the same work for the same time on Glue jobs with Step Functions.
 */
export function costOfRun({ layers, attempts, events, now }: RunUsage): RunCost {
  const lengths = attempts.map((attempt) => ({ layer: attempt.layer, ms: lengthOf(attempt, now) }));
  return {
    baton: batonLines(layers, lengths, events),
    predecessor: predecessorLines(lengths),
    prices: { region: PRICE_REGION, list: Object.values(prices) },
    assumptions: [
      "Both sides use the times of this run's attempts in the ledger, including failed ones, without the start of a function or of a Glue job. Memory and storage are those of the layer table.",
      `Glue: a job per attempt, ${GLUE_DPUS} workers G.1X (one DPU each), billed by the second, at least one minute. Step Functions: ${TRANSITIONS_OF_FRAME} transitions per run, ${TRANSITIONS_PER_LAYER} per job, one per retry.`,
      `SQS: ${SQS_REQUESTS_PER_EVENT} requests per event (sent, received, extended, deleted) and one per ${HEARTBEAT_SECONDS} s of work.`,
      "Not counted, because they are the same on both sides: the database, network, logs, storage of the dump.",
      "Not counted for Baton, because they do not depend on a run: alarms, metrics, dashboard, polling of idle queues, and functions that serve all runs. npm run cost computes the whole month.",
      "The predecessor paid about 5 USD a month for Glue at 4 minutes a day (its own account, February 2026).",
    ],
  };
}

type Lengths = readonly { layer: string; ms: number }[];

function batonLines(layers: readonly LayerSize[], lengths: Lengths, events: number): CostLine[] {
  let gbSeconds = 0;
  let storageGbSeconds = 0;
  let totalMs = 0;
  for (const { layer, ms } of lengths) {
    const size = layers.find(({ name }) => name === layer);
    if (size === undefined) continue;
    totalMs += ms;
    gbSeconds += (size.memoryMb / 1024) * (ms / 1_000);
    storageGbSeconds += (Math.max(0, size.storageMb - FREE_STORAGE_MB) / 1024) * (ms / 1_000);
  }
  const heartbeats = Math.ceil(totalMs / 1_000 / HEARTBEAT_SECONDS);
  const requests = events * SQS_REQUESTS_PER_EVENT + heartbeats;
  return [
    {
      what: "Lambda compute",
      quantity: `${formatCount(Math.round(gbSeconds))} GB-s`,
      usd: gbSeconds * prices.lambdaGbSecond.usd,
    },
    {
      what: "Lambda storage above 512 MB",
      quantity: `${formatCount(Math.round(storageGbSeconds))} GB-s`,
      usd: storageGbSeconds * prices.lambdaStorageGbSecond.usd,
    },
    {
      what: "Lambda requests",
      quantity: formatCount(lengths.length),
      usd: lengths.length * prices.lambdaRequest.usd,
    },
    { what: "EventBridge events", quantity: formatCount(events), usd: events * prices.eventBridgeEvent.usd },
    { what: "SQS requests", quantity: formatCount(requests), usd: requests * prices.sqsRequest.usd },
    // HEAD request, ranges and archive copy of one dump, the console page and its copy
    { what: "S3 requests", quantity: "about 20", usd: 10 * prices.s3Get.usd + 10 * prices.s3Put.usd },
  ];
}

function predecessorLines(lengths: Lengths): CostLine[] {
  const billedMs = lengths.reduce((sum, { ms }) => sum + Math.max(GLUE_MINIMUM_MS, ms), 0);
  const jobs = new Set(lengths.map(({ layer }) => layer)).size;
  // a retry enters its task state again
  const transitions = TRANSITIONS_OF_FRAME + TRANSITIONS_PER_LAYER * jobs + (lengths.length - jobs);
  const dpuHours = (GLUE_DPUS * billedMs) / 3_600_000;
  return [
    {
      what: "Glue jobs, 2 workers G.1X",
      quantity: `${dpuHours.toFixed(3)} DPU-hours (${formatDuration(billedMs)})`,
      usd: dpuHours * prices.glueDpuHour.usd,
    },
    {
      what: "Step Functions transitions",
      quantity: formatCount(transitions),
      usd: transitions * prices.stepFunctionsTransition.usd,
    },
  ];
}

/** Sum of cost lines, US dollars. */
export function totalUsd(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}
