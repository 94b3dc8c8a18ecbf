import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { awsClients } from "../../shared/aws/clients.ts";
import { explainDenials } from "../../shared/aws/explain-denials.ts";
import { publishedEvent } from "../../shared/aws/published-events.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { functionHandler } from "../../shared/observability/function-handler.ts";
import { logger } from "../../shared/observability/observability.ts";
import { BoardStore } from "./board-store.ts";
import { QueueMessage } from "../../shared/runtime/message.ts";
import { notify, topicChannel, type Channel, type NotifyPorts } from "./notify.ts";
import { notifyEnvironmentSchema, type NotifyEnvironment } from "./notify-environment.ts";
import { postToWebhook, webhookSecretSchema } from "./webhook.ts";

const sns = explainDenials(new SNSClient({}));
const dynamoDb = explainDenials(new DynamoDBClient({}));
const secrets = explainDenials(new SecretsManagerClient({}));

/** Sends one alert when something fails and one when it has recovered. Receives events of the bus and alarms. */
export const handler = functionHandler("notify", async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const environment = parseEnvironment(notifyEnvironmentSchema, process.env);
  const ports = portsOf(environment);
  const queue = { sqs: awsClients().sqs, queueUrl: environment.BATON_QUEUE_URL, dlqUrl: environment.BATON_DLQ_URL };
  const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
  for (const record of Records) {
    try {
      if ((await notify(record.body, ports)) === "done") continue;
      await new QueueMessage(record, queue).hideFor(environment.BATON_DEFER_SECONDS);
    } catch (error) {
      logger.error("message not processed, it returns to the queue", { error: String(error) });
    }
    batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
});

function portsOf(environment: NotifyEnvironment): NotifyPorts {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, BATON_STAGE: stage, BATON_BUCKET: bucket } = environment;
  return {
    store: new BoardStore(dynamoDb, environment.BATON_INCIDENTS_TABLE),
    channels: [topicChannel(sns, environment.BATON_ALERTS_TOPIC), ...webhookChannel(environment)],
    context: {
      stage,
      region,
      endpoint,
      lastLayer: environment.BATON_LAST_LAYER,
      consoleUrl: environment.BATON_CONSOLE_URL,
      bucket,
    },
    readEvent: (body) => publishedEvent({ s3: awsClients().s3, bucket }, body),
    deferSeconds: environment.BATON_DEFER_SECONDS,
  };
}

function webhookChannel({
  BATON_WEBHOOK_SECRET_ARN: SecretId,
  BATON_WEBHOOK_FORMAT: format,
}: NotifyEnvironment): Channel[] {
  if (SecretId === "") return [];
  return [
    {
      name: "webhook",
      async send(alert) {
        const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
        await postToWebhook(alert, format, webhookSecretSchema.parse(JSON.parse(SecretString)));
      },
    },
  ];
}
