import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { awsClients } from "../../shared/aws/clients.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { logger } from "../../shared/observability/observability.ts";
import { replay, replayEnvironmentSchema, replayRequestSchema, type ReplayAnswer } from "./replay.ts";

export const handler = middy()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (event: unknown): Promise<ReplayAnswer> => {
    const environment = parseEnvironment(replayEnvironmentSchema, process.env);
    return replay(awsClients().sqs, environment.BATON_QUEUES, replayRequestSchema.parse(event));
  });
