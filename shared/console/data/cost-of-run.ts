import { formatCount, formatDuration } from "../../text/format.ts";
import { PRICE_REGION, prices } from "./prices.ts";
import type { CostLine, ReportedAttempt, RunCost } from "./report.ts";

/** What a layer's function is given, by the layer table of `serverless.yml`. */
export interface LayerSize {
  name: string;
  memoryMb: number;
  storageMb: number;
}

/** What the bill is made of. */
export interface RunUsage {
  layers: readonly LayerSize[];
  attempts: readonly ReportedAttempt[];
  /** Events of the run that went to the bus. */
  events: number;
  now: Date;
}

/** Comes with every function without charge. @see AWS Lambda pricing, "Ephemeral Storage" */
const FREE_STORAGE_MB = 512;
/** A message: sent, received, deleted, and its visibility set once or more. */
const SQS_REQUESTS_PER_EVENT = 4;
/** The heartbeat extends a message's visibility so often (handbook, design.md section 5). */
const HEARTBEAT_SECONDS = 40;
/** Glue 4.0 with two workers G.1X, one DPU each (handbook, domain/operations.md section 1). */
const GLUE_DPUS = 2;
const GLUE_MINIMUM_MS = 60_000;
/** Start, a task and a choice a layer, success: the predecessor's state machine for three jobs. */
const TRANSITIONS_PER_LAYER = 2;
const TRANSITIONS_OF_FRAME = 3;

function lengthOf({ startedAt, finishedAt }: ReportedAttempt, now: Date): number {
  return Math.max(0, (finishedAt === null ? now.getTime() : Date.parse(finishedAt)) - Date.parse(startedAt));
}

/**
 * What a run cost by list prices: the attempts of its layers, as they were sized, and their events; beside the same
 * work, as long, on Glue jobs under Step Functions.
 */
export function costOfRun({ layers, attempts, events, now }: RunUsage): RunCost {
  const lengths = attempts.map((attempt) => ({ layer: attempt.layer, ms: lengthOf(attempt, now) }));
  return {
    baton: batonLines(layers, lengths, events),
    predecessor: predecessorLines(lengths),
    prices: { region: PRICE_REGION, list: Object.values(prices) },
    assumptions: [
      "Both sides take the times of this run's attempts, failed ones as well, by the ledger; the start of a function or of a Glue job is not in them. Memory and storage are those of the layer table.",
      `Glue: a job for each attempt, ${GLUE_DPUS} workers G.1X (one DPU each), by the second, at least one minute. Step Functions: ${TRANSITIONS_OF_FRAME} transitions of the frame, ${TRANSITIONS_PER_LAYER} for each job, one for each retry.`,
      `SQS: ${SQS_REQUESTS_PER_EVENT} requests for each event (sent, received, given time, deleted) and one for each ${HEARTBEAT_SECONDS} s of work.`,
      "Not counted, as it is the same on both sides: the database, network, logs, the dump's storage.",
      "Not counted for Baton, as it does not depend on a run: polling of idle queues and functions that serve all runs (sweep, pulse, console, alerts), together under 3 USD a month without the free tier; alarms and dashboard as far as they are wanted.",
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
    // head, ranges and the archive's copy of one dump, the page and its history
    { what: "S3 requests", quantity: "about 20", usd: 10 * prices.s3Get.usd + 10 * prices.s3Put.usd },
  ];
}

function predecessorLines(lengths: Lengths): CostLine[] {
  const billedMs = lengths.reduce((sum, { ms }) => sum + Math.max(GLUE_MINIMUM_MS, ms), 0);
  const jobs = new Set(lengths.map(({ layer }) => layer)).size;
  // a retry enters its task once more
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

/** Sum of a bill, US dollars. */
export function totalUsd(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}
