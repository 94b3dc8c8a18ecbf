import { awsClients } from "../../shared/aws/clients.ts";
import { functionEnvironmentSchema, parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { logger } from "../../shared/observability/observability.ts";
import { sweep, type Swept } from "./sweep.ts";

/** Repairs what dead functions left. The schedule starts it every five minutes. */
export const handler = functionHandler("sweep", async (): Promise<Swept> => {
  const environment = parseEnvironment(functionEnvironmentSchema, process.env);
  const aws = awsClients();
  const warehouse = await readWarehouseConfig(environment, aws.secrets);
  const ledger = await openLedger(warehouse, expectedTarget(environment));
  try {
    const bus = environment.BATON_BUS;
    const swept = await sweep({ ledger, warehouse, eventBridge: aws.eventBridge, bus, logger });
    logger.info("swept", { ...swept });
    return swept;
  } finally {
    await ledger.pool.end();
  }
});
