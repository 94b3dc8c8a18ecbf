import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { replay, replayEnvironmentSchema, replayRequestSchema, type ReplayAnswer } from "./replay.ts";

export const handler = functionHandler("replay", async (event: unknown): Promise<ReplayAnswer> => {
  const environment = parseEnvironment(replayEnvironmentSchema, process.env);
  return replay(awsClients().sqs, environment.BATON_QUEUES, replayRequestSchema.parse(event));
});
