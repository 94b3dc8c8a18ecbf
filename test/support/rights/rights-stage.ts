import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { IAMClient } from "@aws-sdk/client-iam";
import { InvokeCommand, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from "@aws-sdk/client-sqs";
import type { RowDataPacket } from "mysql2/promise";
import { prepareDump, type PreparedDump } from "../../../cli/run/prepare-dump.ts";
import { requestRun } from "../../../cli/run/request-run.ts";
import { uploadDump } from "../../../cli/run/upload-dump.ts";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import type { BatonEvent } from "../../../events/schemas.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import { writeSample } from "../../../local/sample/write-sample.ts";
import { storeEvent } from "../../../shared/aws/published-events.ts";
import { bodyOf } from "../ledger/event-builders.ts";
import { ChatTool } from "../stand-ins/chat-tool.ts";
import { QuickSightStandIn } from "../stand-ins/quicksight-stand-in.ts";
import { testServices } from "../services.ts";
import { recordOf } from "../ledger/sqs-record.ts";
import { deployStage, type TestStage } from "../stack.ts";
import { waitFor } from "../wait-for.ts";
import { StageRoles } from "./stage-roles.ts";

const DAY = "2026-02-07";
const DATA_SET = "contracts";
/** Visibility timeout of a received message; a function that processes it extends the timeout. */
const HIDDEN_SECONDS = 1;
const RUN = { timeoutMs: 180_000, everyMs: 250 };

/** The answer and the log of a function call. */
export interface Answer {
  /** The handler's answer, or Lambda's description of its error. */
  payload: string;
  isError: boolean;
}

/** A message that a function was called with. */
export interface Delivery extends Answer {
  /** Rejects if the queue delivers the message again although the function has extended its visibility timeout. */
  expectHidden(): Promise<void>;
}

/**
 * A deployed environment with every optional part (secrets, chat tool, QuickSight), so that its roles hold every
 * possible
 * right. The tests call its functions one by one, in place of their queues.
 */
export class RightsStage {
  readonly stage: TestStage;
  readonly roles: StageRoles;
  readonly chat: ChatTool;
  readonly quickSight: QuickSightStandIn;
  readonly dump: PreparedDump;
  /** The run that all layers have completed. */
  readonly runId: RunId;
  readonly #iam: IAMClient;
  readonly #secretArns: readonly string[];
  #repeat = 0;

  private constructor(parts: {
    stage: TestStage;
    roles: StageRoles;
    chat: ChatTool;
    quickSight: QuickSightStandIn;
    dump: PreparedDump;
    iam: IAMClient;
    secretArns: readonly string[];
  }) {
    this.stage = parts.stage;
    this.roles = parts.roles;
    this.chat = parts.chat;
    this.quickSight = parts.quickSight;
    this.dump = parts.dump;
    this.runId = runIdOf(parts.dump.businessDate, parts.dump.sha256);
    this.#iam = parts.iam;
    this.#secretArns = parts.secretArns;
  }

  static async start(): Promise<RightsStage> {
    const chat = new ChatTool();
    const quickSight = new QuickSightStandIn(undefined, { [DATA_SET]: [{ status: "COMPLETED", rows: 1 }] });
    const webhookSecretArn = await makeSecret({ url: await chat.start() });
    const { host, port, user: username, password } = testServices().database;
    const migrateFromSecretArn = await makeSecret({ username, password });
    const migrateToSecretArn = await makeSecret({ username, password });
    const stage = await deployStage({
      params: {
        webhookSecretArn,
        ...{ migrateFrom: `${host}:${port}`, migrateTo: `${host}:${port}` },
        ...{ migrateFromSecretArn, migrateToSecretArn },
        quicksightDataSets: DATA_SET,
        quicksightEndpoint: await quickSight.start(),
        // a call returns only the end of a log
        logLevel: "WARN",
      },
    });
    const iam = new IAMClient(clientOptions(testServices().emulator));
    const roles = await StageRoles.read(stage.status.stage, iam);
    const file = join(stage.folder, "gghouse_20260207.sql");
    await writeSample(generateSample({ sizeBytes: 1_000_000, seed: 5, date: DAY }), { file });
    const dump = await prepareDump(file, undefined);
    const secretArns = [webhookSecretArn, migrateFromSecretArn, migrateToSecretArn];
    return new RightsStage({ stage, roles, chat, quickSight, dump, iam, secretArns });
  }

  /**
   * Runs the dump through all layers by events, until every listener has finished. After that, no queue calls a
   * function.
   */
  async runOnce(): Promise<void> {
    const { eventBridge, s3, bucket, bus } = this.stage.access;
    await uploadDump(this.dump, { s3, bucket, existing: "replace" });
    const { businessDate, manifestKey } = this.dump;
    const request = { businessDate, manifestKey, allowStale: true, runId: this.runId };
    await requestRun(eventBridge, { bus, stage: this.stage.status.stage }, request);
    await waitFor("the run to be complete", async () => (await this.runState(this.runId)) === "completed", RUN);
    await waitFor("the page of the documentation", () => this.hasObject("console/dbt-docs.html"), RUN);
    await waitFor("the run's page", () => this.hasObject(`console/runs/${this.runId}.html`), RUN);
    const { EventSourceMappings = [] } = await this.stage.access.lambda.send(new ListEventSourceMappingsCommand({}));
    const mappings = EventSourceMappings.filter(
      ({ FunctionArn }) => FunctionArn?.includes(this.functionName("")) === true,
    );
    // a call that is still running would interfere with the trials
    for (const { EventSourceArn = "" } of mappings) {
      const queue = EventSourceArn.slice(EventSourceArn.lastIndexOf(":") + 1 + this.functionName("").length);
      await waitFor(`${queue} to be empty`, async () => (await this.depth(queue)) === 0, RUN);
    }
    for (const { UUID } of mappings) {
      await this.stage.access.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    }
  }

  functionName(role: string): string {
    return `baton-${this.stage.status.stage}-${role}`;
  }

  /** Calls a function. @param say receives its log, from WARN on */
  async invoke(role: string, event: unknown, say: (text: string) => void): Promise<Answer> {
    const { Payload, FunctionError, LogResult } = await this.stage.access.lambda.send(
      new InvokeCommand({ FunctionName: this.functionName(role), Payload: JSON.stringify(event), LogType: "Tail" }),
    );
    const payload = Buffer.from(Payload ?? []).toString();
    say(payload);
    say(Buffer.from(LogResult ?? "", "base64").toString());
    return { payload, isError: FunctionError !== undefined };
  }

  /** Calls a function with a message of its own queue. */
  async deliver(role: string, body: string, say: (text: string) => void): Promise<Delivery> {
    const url = this.queueUrl(role);
    const { MessageId } = await this.stage.access.sqs.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: body }),
    );
    const isOurs = (message: Message): boolean => message.MessageId === MessageId;
    let received: Message | undefined;
    for (let tries = 0; received === undefined && tries < 50; tries += 1) {
      const messages = await this.#receive(url, HIDDEN_SECONDS);
      received = messages.find(isOurs);
      // what earlier trials left: received too often, SQS would move it to the DLQ in the middle of a later trial
      for (const { ReceiptHandle } of messages.filter((message) => !isOurs(message)))
        await this.stage.access.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
    if (received === undefined) throw new Error(`queue ${url} does not return the message that was sent to it`);
    const visibleAt = Date.now() + HIDDEN_SECONDS * 1_000;
    const answer = await this.invoke(role, { Records: [recordOf(received)] }, say);
    return {
      ...answer,
      expectHidden: async () => {
        await wait(Math.max(0, visibleAt + 200 - Date.now()));
        const back = (await this.#receive(url, HIDDEN_SECONDS)).some(isOurs);
        if (back)
          throw new Error(
            `the queue of ${role} redelivered a message whose visibility the function should have extended`,
          );
      },
    };
  }

  async #receive(url: string, hiddenSeconds: number): Promise<Message[]> {
    const messages: Message[] = [];
    for (;;) {
      const { Messages = [] } = await this.stage.access.sqs.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: hiddenSeconds, WaitTimeSeconds: 0 },
          ...{ MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] },
        }),
      );
      const unseen = Messages.filter(({ MessageId }) => messages.every((known) => known.MessageId !== MessageId));
      messages.push(...unseen);
      if (unseen.length === 0) return messages;
    }
  }

  /** Removes a function's DLQ messages from the queue. @returns their bodies */
  async drainDlq(role: string, say: (text: string) => void): Promise<string[]> {
    const url = this.queueUrl(`${role}-dlq`);
    const messages = await this.#receive(url, 30);
    for (const { ReceiptHandle, MessageAttributes } of messages) {
      say(JSON.stringify(MessageAttributes));
      await this.stage.access.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
    return messages.map(({ Body = "" }) => Body);
  }

  /** @param name of the function, or of another queue of the environment, such as `gold-dlq` */
  queueUrl(name: string): string {
    const { endpoint, deployment } = this.stage.status;
    return `${endpoint}/${deployment.split("/")[0] ?? ""}/${this.functionName(name)}`;
  }

  /** Counts the messages of a queue, including hidden and delayed ones. */
  async depth(name: string): Promise<number> {
    const names = [
      "ApproximateNumberOfMessages",
      "ApproximateNumberOfMessagesNotVisible",
      "ApproximateNumberOfMessagesDelayed",
    ] as const;
    const { Attributes } = await this.stage.access.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queueUrl(name), AttributeNames: [...names] }),
    );
    return names.reduce((sum, attribute) => sum + Number(Attributes?.[attribute] ?? 0), 0);
  }

  /** A new run of the same dump. */
  nextRunId(): RunId {
    this.#repeat += 1;
    return runIdOf(this.dump.businessDate, this.dump.sha256, this.#repeat);
  }

  /** Ends the runs whose later layers no test calls, so that a run of another date does not wait for them. */
  async endRuns(): Promise<void> {
    await this.#query("UPDATE run SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6) WHERE state = 'running'");
  }

  async runState(runId: string): Promise<string | undefined> {
    const [[run]] = await this.#query<{ state: string }>("SELECT state FROM run WHERE run_id = ?", [runId]);
    return run?.state;
  }

  /** The state of a layer of a run, with the error that the ledger recorded. */
  async layerState(runId: string, layer: string): Promise<{ state: string; error: string } | undefined> {
    const [[row]] = await this.#query<{ state: string; error: string }>(
      "SELECT state, CAST(error AS CHAR) AS error FROM layer_run WHERE run_id = ? AND layer = ?",
      [runId, layer],
    );
    return row;
  }

  /** Stores an event as its publisher does. @returns the body of its message */
  async publish(event: BatonEvent): Promise<string> {
    const { "detail-type": detailType, detail } = event;
    await storeEvent(this.stage.access, detail.metadata.eventId, { detailType, detail: JSON.stringify(detail) });
    return bodyOf(event);
  }

  /** An event of the run, in the form of a queue message. */
  async eventOf(detailType: string, layer: string): Promise<string> {
    const [rows] = await this.#query<{ detail: string | object }>(
      "SELECT detail FROM outbox WHERE run_id = ? AND detail_type = ?",
      [this.runId, detailType],
    );
    const details = rows.map(({ detail }) => (typeof detail === "string" ? detail : JSON.stringify(detail)));
    const detail = details.find((text) => text.includes(`"layer":"${layer}"`) || text.includes(`"layer": "${layer}"`));
    if (detail === undefined) throw new Error(`run ${this.runId} has no ${detailType} of ${layer}`);
    return JSON.stringify({ source: "baton", "detail-type": detailType, detail: JSON.parse(detail) as object });
  }

  /** Unpublished events of the run in the outbox. */
  async untold(): Promise<number> {
    const [rows] = await this.#query("SELECT event_id FROM outbox WHERE published_at IS NULL");
    return rows.length;
  }

  /** Restores an event of the run to the state that a killed function leaves: unpublished. */
  async leaveUntold(): Promise<void> {
    await this.#query(
      `UPDATE outbox SET published_at = NULL, created_at = created_at - INTERVAL 1 HOUR
        WHERE run_id = ? AND detail_type = 'PipelineCompleted'`,
      [this.runId],
    );
  }

  #query<T>(sql: string, values: unknown[] = []): Promise<[(RowDataPacket & T)[], unknown]> {
    const { pool, prefix } = this.stage.warehouse;
    const table = /(?<=FROM |UPDATE )(\w+)/;
    return pool.query<(RowDataPacket & T)[]>(sql.replace(table, `\`${prefix}pipeline\`.$1`), values).catch(
      // the first function that needs the ledger creates it
      (error: unknown): [(RowDataPacket & T)[], unknown] => {
        if (error instanceof Error && /doesn't exist/.test(error.message)) return [[], undefined];
        throw error;
      },
    );
  }

  async hasObject(Key: string): Promise<boolean> {
    const { bucket: Bucket } = this.stage.access;
    return this.stage.access.s3.send(new HeadObjectCommand({ Bucket, Key })).then(
      () => true,
      () => false,
    );
  }

  async keysBelow(Prefix: string): Promise<string[]> {
    const { bucket: Bucket } = this.stage.access;
    const { Contents = [] } = await this.stage.access.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key = "" }) => Key);
  }

  async readObject(Key: string): Promise<string> {
    const { Body } = await this.stage.access.s3.send(new GetObjectCommand({ Bucket: this.stage.access.bucket, Key }));
    return (await Body?.transformToString()) ?? "";
  }

  async deleteObject(Key: string): Promise<void> {
    await this.stage.access.s3.send(new DeleteObjectCommand({ Bucket: this.stage.access.bucket, Key }));
  }

  async putObject(Key: string, Body: string, Metadata: Record<string, string> = {}): Promise<void> {
    await this.stage.access.s3.send(new PutObjectCommand({ Bucket: this.stage.access.bucket, Key, Body, Metadata }));
  }

  async stop(): Promise<void> {
    for (const SecretId of this.#secretArns) {
      await this.stage.access.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    }
    await this.stage.dispose();
    await Promise.all([this.chat.stop(), this.quickSight.stop()]);
    this.#iam.destroy();
  }
}

/** @returns the secret's ARN */
async function makeSecret(content: object): Promise<string> {
  const client = new SecretsManagerClient(clientOptions(testServices().emulator));
  const secret = new CreateSecretCommand({ Name: `rights-${randomUUID()}`, SecretString: JSON.stringify(content) });
  const { ARN = "" } = await client.send(secret).finally(() => client.destroy());
  return ARN;
}
