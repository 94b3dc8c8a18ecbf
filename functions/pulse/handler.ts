import type { SQSClient } from "@aws-sdk/client-sqs";
import { awsClients } from "../../shared/aws/clients.ts";
import { headObject } from "../../shared/aws/head-object.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { CONSOLE_KEY } from "../../shared/console/console-keys.ts";
import { hasLayerMessages, queueDepth, readSummary, writeSummary } from "../../shared/ledger/ledger-summary.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { logger, metrics } from "../../shared/observability/observability.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { emitClockGauges, measureLedger } from "./measure-ledger.ts";
import { pulseEnvironmentSchema, type PulseEnvironment } from "./pulse-environment.ts";
import { whyReadLedger } from "./why-read-ledger.ts";

/** The result of a call. */
interface Pulse {
  /** Why the ledger was read; null when it was not, so that the warehouse can pause. */
  readLedgerBecause: string | null;
}

/**
 * Emits the current state as metrics, so that an alarm is on exactly as long as its problem lasts. While nothing has
 * changed and no run is due, only the metrics that depend on the time are emitted, and the warehouse is not used.
 */
export const handler = functionHandler("pulse", async (): Promise<Pulse> => {
  const environment = parseEnvironment(pulseEnvironmentSchema, process.env);
  const aws = awsClients();
  const store = { s3: aws.s3, bucket: environment.BATON_BUCKET };
  const now = new Date();
  const dlqDepths = await countDlqMessages(aws.sqs, environment);
  const summary = await readSummary(store);
  const page = await headObject(aws.s3, { Bucket: environment.BATON_BUCKET, Key: CONSOLE_KEY }, "not found");
  const because = whyReadLedger(summary, {
    now,
    dlqDepths,
    code: environment.BATON_CODE,
    deadline: environment.BATON_RUN_DEADLINE,
    hasLayerMessages: await hasLayerMessages(aws.sqs, environment.BATON_LAYER_QUEUES),
    pageWrittenAt: page?.LastModified,
  });
  if (summary !== undefined && because === undefined) {
    emitClockGauges(summary, environment, now);
    return { readLedgerBecause: null };
  }
  logger.info("reading the ledger", { because });
  // first, because it needs no warehouse: DLQ messages are also counted while the warehouse is down
  for (const [name, DlqDepth] of Object.entries(dlqDepths)) metrics.emit(name, { DlqDepth });
  const ledger = await openLedger(await readWarehouseConfig(environment, aws.secrets), expectedTarget(environment));
  try {
    const measured = await measureLedger(ledger.pool, environment, now);
    await writeSummary(store, { ...measured, code: environment.BATON_CODE, dlqDepths });
  } finally {
    await ledger.pool.end();
  }
  return { readLedgerBecause: because ?? null };
});

async function countDlqMessages(
  sqs: SQSClient,
  { BATON_DEAD_LETTER_QUEUES: queues }: PulseEnvironment,
): Promise<Record<string, number>> {
  const depths = await Promise.all(queues.map(async ({ name, url }) => [name, await queueDepth(sqs, url)] as const));
  return Object.fromEntries(depths);
}
