import { awsClients } from "../../shared/aws/clients.ts";
import { functionEnvironmentSchema, parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/db/read-warehouse-config.ts";
import { expectedTarget } from "../../shared/layer/expected-target.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { publishOutbox } from "../../shared/ledger/outbox.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { logger } from "../../shared/observability/observability.ts";

/** Younger events are left to the function that wrote them. */
const MINIMUM_AGE_SECONDS = 60;

/** Publishes what a function that died left in the outbox. Started every five minutes by the schedule. */
export const handler = functionHandler("sweep", async (): Promise<{ published: number }> => {
  const environment = parseEnvironment(functionEnvironmentSchema, process.env);
  const aws = awsClients();
  const ledger = await openLedger(await readWarehouseConfig(environment, aws.secrets), expectedTarget(environment));
  try {
    const age = { minimumAgeSeconds: MINIMUM_AGE_SECONDS };
    const published = await publishOutbox(ledger.pool, aws.eventBridge, environment.BATON_BUS, age);
    logger.info("outbox swept", { published });
    return { published };
  } finally {
    await ledger.pool.end();
  }
});
