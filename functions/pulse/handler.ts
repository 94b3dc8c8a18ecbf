import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { expectedTarget } from "../../shared/runtime/expected-target.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { measureDlqDepth } from "./measure-dlq-depth.ts";
import { measureLedger } from "./measure-ledger.ts";
import { pulseEnvironmentSchema } from "./pulse-environment.ts";

/** Emits the current state as metrics every minute, so that an alarm is on exactly as long as its problem lasts. */
export const handler = functionHandler("pulse", async (): Promise<void> => {
  const environment = parseEnvironment(pulseEnvironmentSchema, process.env);
  const aws = awsClients();
  // first, because it needs no warehouse: DLQ messages are also counted while the warehouse is down
  await measureDlqDepth(aws.sqs, environment.BATON_DEAD_LETTER_QUEUES);
  const ledger = await openLedger(await readWarehouseConfig(environment, aws.secrets), expectedTarget(environment));
  try {
    await measureLedger(ledger.pool, environment, new Date());
  } finally {
    await ledger.pool.end();
  }
});
