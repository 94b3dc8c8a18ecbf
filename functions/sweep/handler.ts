import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { hasLayerMessages, readSummary } from "../../shared/ledger/ledger-summary.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { logger } from "../../shared/observability/observability.ts";
import { sweepEnvironmentSchema } from "./sweep-environment.ts";
import { sweep, type Swept } from "./sweep.ts";

/** Sweep works on for this time after pulse has read the ledger, so that its metrics show the end of a problem. */
const AFTER_ACTIVITY_MS = 15 * 60_000;

/**
 * Repairs what crashed functions left unfinished. The schedule starts it every five minutes. It does not use the warehouse
 * when pulse found nothing unfinished a while ago and no layer has a message, so that the warehouse can pause.
 *
 * @returns undefined when the warehouse was not used
 */
export const handler = functionHandler("sweep", async (): Promise<Swept | undefined> => {
  const environment = parseEnvironment(sweepEnvironmentSchema, process.env);
  const aws = awsClients();
  const isBusy = await hasLayerMessages(aws.sqs, environment.BATON_LAYER_QUEUES);
  const store = { s3: aws.s3, bucket: environment.BATON_BUCKET };
  const summary = await readSummary(store);
  const isQuiet = summary !== undefined && Date.now() - summary.measuredAt.getTime() > AFTER_ACTIVITY_MS;
  if (isQuiet && summary.code === environment.BATON_CODE && !summary.isActive && !isBusy) return undefined;
  const warehouse = await readWarehouseConfig(environment, aws.secrets);
  const ledger = await openLedger(warehouse, expectedTarget(environment));
  try {
    const swept = await sweep({
      ...{ ledger, warehouse, logger },
      bus: { ...store, eventBridge: aws.eventBridge, bus: environment.BATON_BUS },
      stage: environment.BATON_STAGE,
      layers: environment.BATON_LAYERS,
      turnSeconds: environment.BATON_TURN_LIMIT_MINUTES * 60,
    });
    logger.info("swept", { ...swept });
    return swept;
  } finally {
    await ledger.pool.end();
  }
});
