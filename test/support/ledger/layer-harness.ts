import { randomBytes } from "node:crypto";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { Logger } from "@aws-lambda-powertools/logger";
import type { SQSRecord } from "aws-lambda";
import { parseEvent } from "../../../events/parse-event.ts";
import type { BatonEvent, DetailType } from "../../../events/schemas.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import type { LayerEnvironment } from "../../../shared/config/function-config.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import type { LayerDefinition } from "../../../shared/runtime/layer-definition.ts";
import { QueueMessage } from "../../../shared/runtime/message.ts";
import type { Disposition } from "../../../shared/runtime/context.ts";
import { processMessage } from "../../../shared/runtime/process-message.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { newestFailures, type RecordedFailure } from "./recorded-failures.ts";
import { readStatus, type RunStatus } from "../../../shared/ledger/reads/read-status.ts";
import { bodyOf } from "./event-builders.ts";
import { recordOf } from "./sqs-record.ts";
import { replayAll } from "./replay-all.ts";
import { testServices } from "../services.ts";
import { testWarehouse, type TestWarehouse } from "../warehouse.ts";

/** Silver, as serverless.yml declares it, as the last layer. */
export const silverPolicy: LayerPolicy = {
  name: "silver",
  listensTo: "staging",
  isLast: true,
  retries: 3,
  retryIntervalSeconds: 60,
  backoff: 1.5,
  alsoBuilds: ["seeds"],
};

/** One layer with real queues, bus and warehouse, driven message by message. */
export class LayerHarness {
  readonly warehouse: TestWarehouse;
  readonly aws;
  readonly #policy: LayerPolicy;
  readonly #name = `harness-${randomBytes(4).toString("hex")}`;
  #queueUrl = "";
  #dlqUrl = "";
  #busQueueUrl = "";

  readonly #more: Partial<LayerEnvironment>;

  constructor(policy: LayerPolicy, more: Partial<LayerEnvironment> = {}, warehouse = testWarehouse()) {
    this.#policy = policy;
    this.#more = more;
    this.warehouse = warehouse;
    const client = clientOptions(testServices().emulator);
    this.aws = {
      sqs: new SQSClient(client),
      eventBridge: new EventBridgeClient(client),
      s3: new S3Client({ ...client, forcePathStyle: true }),
      secrets: new SecretsManagerClient(client),
    };
  }

  async start(): Promise<void> {
    const make = async (suffix: string): Promise<string> => {
      const { QueueUrl } = await this.aws.sqs.send(new CreateQueueCommand({ QueueName: `${this.#name}${suffix}` }));
      return QueueUrl ?? "";
    };
    [this.#queueUrl, this.#dlqUrl, this.#busQueueUrl] = await Promise.all([make(""), make("-dlq"), make("-bus")]);
    await this.aws.s3.send(new CreateBucketCommand({ Bucket: this.#name }));
    await this.aws.eventBridge.send(new CreateEventBusCommand({ Name: this.#name }));
    const rule = { Name: this.#name, EventBusName: this.#name };
    await this.aws.eventBridge.send(
      new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: ["baton"] }) }),
    );
    const { Attributes } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#busQueueUrl, AttributeNames: ["QueueArn"] }),
    );
    await this.aws.eventBridge.send(
      new PutTargetsCommand({
        Rule: rule.Name,
        EventBusName: rule.EventBusName,
        Targets: [{ Id: "all", Arn: Attributes?.QueueArn }],
      }),
    );
  }

  async stop(): Promise<void> {
    for (const url of [this.#queueUrl, this.#dlqUrl, this.#busQueueUrl]) {
      await this.aws.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    }
    await this.warehouse.dispose();
  }

  get environment(): LayerEnvironment {
    const { host, port, user, password } = this.warehouse.config;
    return {
      AURORA_ENDPOINT: host,
      AURORA_PORT: port,
      AURORA_USER: user,
      AURORA_PASSWORD: password,
      AURORA_SECRET_ARN: "",
      BATON_DATABASE_AUTH: "password",
      BATON_DATABASE_TLS: "disabled",
      BATON_DATABASE_CA: "",
      BATON_SCHEMA_PREFIX: this.warehouse.prefix,
      BATON_STAGE: "local",
      BATON_DEPLOYMENT: "",
      BATON_BUS: this.#name,
      BATON_BUCKET: this.#name,
      BATON_CODE: "",
      BATON_TARGET_FINGERPRINT: "",
      BATON_LAYER: this.#policy,
      BATON_QUEUE_URL: this.#queueUrl,
      BATON_DLQ_URL: this.#dlqUrl,
      BATON_INTERVAL_SCALE: 0.01,
      BATON_HEARTBEAT_SECONDS: 1,
      BATON_SOURCE_DATABASE: "",
      BATON_DUMP_NAME: "gghouse",
      PRESERVE_EMPTY_TABLES: [],
      BATON_DBT_PYTHON: "",
      BATON_DBT_PROJECT: "",
      BATON_QUALITY_RULES: "",
      BATON_DBT_THREADS: 1,
      ...this.#more,
    };
  }

  /** Records in the ledger that this run has published the upstream layer. */
  async pretendPublished(upstream: string, runId: string, businessDate: string): Promise<void> {
    const ledger = await openLedger(this.warehouse.config, {});
    try {
      await ledger.pool.query(
        `INSERT IGNORE INTO run (run_id, business_date, state, requested_by, correlation_id, started_at)
          VALUES (?, ?, 'running', 'operator', 'request-1', UTC_TIMESTAMP(6))`,
        [runId, businessDate],
      );
      await ledger.pool.query("REPLACE INTO live_set VALUES (?, ?, ?, UTC_TIMESTAMP(6))", [
        upstream,
        runId,
        businessDate,
      ]);
    } finally {
      await ledger.pool.end();
    }
  }

  /** Replays every DLQ message, as `./baton dlq replay` does. @returns how many */
  async replay(): Promise<number> {
    const queues = { layer: this.#policy.name, queueUrl: this.#queueUrl, dlqUrl: this.#dlqUrl };
    return replayAll(this.aws.sqs, queues);
  }

  /** Puts an event, or any text, into the layer's queue. */
  async send(event: BatonEvent | string): Promise<void> {
    const body = typeof event === "string" ? event : bodyOf(event);
    await this.aws.sqs.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: body }));
  }

  /** Receives the next message as Lambda delivers it; waits until it is visible. */
  async receive(): Promise<SQSRecord> {
    for (let tries = 0; tries < 20; tries += 1) {
      const message = await receiveOne(this.aws.sqs, this.#queueUrl, 1);
      if (message !== undefined) return recordOf(message);
    }
    throw new Error("no message became visible within 20 s");
  }

  /** True when a receiver would get a message now. */
  async hasVisibleMessage(): Promise<boolean> {
    return (await receiveOne(this.aws.sqs, this.#queueUrl, 0)) !== undefined;
  }

  /** Processes the next message with the layer, and deletes it when the runtime acknowledges it. */
  async deliver<T extends DetailType>(
    definition: LayerDefinition<T>,
    {
      deadline = new Date(Date.now() + 60_000),
      record,
      logger = new Logger({ logLevel: "SILENT" }),
    }: { deadline?: Date; record?: SQSRecord; logger?: Logger } = {},
  ): Promise<Disposition> {
    const received = record ?? (await this.receive());
    const queue = { sqs: this.aws.sqs, queueUrl: this.#queueUrl, dlqUrl: this.#dlqUrl };
    const disposition = await processMessage(definition, new QueueMessage(received, queue), {
      environment: this.environment,
      aws: this.aws,
      warehouse: this.warehouse.config,
      logger,
      deadline,
    });
    if (disposition.kind === "acknowledge") {
      const receipt = { QueueUrl: this.#queueUrl, ReceiptHandle: received.receiptHandle };
      await this.aws.sqs.send(new DeleteMessageCommand(receipt));
    }
    return disposition;
  }

  /** Events published since the last call. */
  async emitted(): Promise<BatonEvent[]> {
    const bodies = await this.#drain(this.#busQueueUrl);
    return bodies.map(({ Body = "" }) => parseEvent(Body));
  }

  /** DLQ messages: attributes by name, and body. */
  async dlqMessages(): Promise<{ attributes: Record<string, string>; body: string }[]> {
    const messages = await this.#drain(this.#dlqUrl);
    return messages.map(({ Body = "", MessageAttributes = {} }) => ({
      body: Body,
      attributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { StringValue = "" }]) => [name, StringValue]),
      ),
    }));
  }

  async #drain(queueUrl: string): Promise<Message[]> {
    const messages: Message[] = [];
    for (;;) {
      const message = await receiveOne(this.aws.sqs, queueUrl, 0);
      if (message === undefined) return messages;
      messages.push(message);
      await this.aws.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }

  /** The recorded failures, newest first. */
  async failures(limit = 10): Promise<RecordedFailure[]> {
    const ledger = await openLedger(this.warehouse.config, {});
    try {
      return await newestFailures(ledger.pool, limit);
    } finally {
      await ledger.pool.end();
    }
  }

  /** The status of a run in the ledger. */
  async status(runId: string): Promise<RunStatus | undefined> {
    const ledger = await openLedger(this.warehouse.config, {});
    try {
      return await readStatus(ledger.pool, runId, [this.#policy.name]);
    } finally {
      await ledger.pool.end();
    }
  }
}

async function receiveOne(sqs: SQSClient, queueUrl: string, waitSeconds: number): Promise<Message | undefined> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  return Messages?.[0];
}
