import pageAssets from "baton:page-assets";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { consoleEnvironmentSchema, writeConsole } from "./console.ts";

/** Writes the page once for all events of a batch: the ledger already contains what they report. */
export const handler = functionHandler("console", async (_event: SQSEvent): Promise<SQSBatchResponse> => {
  const environment = parseEnvironment(consoleEnvironmentSchema, process.env);
  const { s3, secrets } = awsClients();
  await writeConsole({ environment, s3, warehouse: await readWarehouseConfig(environment, secrets), pageAssets });
  return { batchItemFailures: [] };
});
