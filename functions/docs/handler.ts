import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { docsEnvironmentSchema, writeDocs } from "./docs.ts";

export const handler = functionHandler("docs", async (_event: SQSEvent, context): Promise<SQSBatchResponse> => {
  const environment = parseEnvironment(docsEnvironmentSchema, process.env);
  const { s3, secrets } = awsClients();
  const warehouse = await readWarehouseConfig(environment, secrets);
  await writeDocs({ environment, s3, warehouse, remainingMs: context.getRemainingTimeInMillis() });
  return { batchItemFailures: [] };
});
