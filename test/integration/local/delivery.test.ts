import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { parseEvent } from "../../../events/parse-event.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { EventTap, type TappedEvent } from "../../support/ledger/event-tap.ts";
import { testServices } from "../../support/services.ts";
import { deployStage, type TestStage } from "../../support/stack.ts";
import type { DiaryEntry, Order } from "../../support/toy-layer/handler.ts";

const TOY = join(projectRoot, "test/support/toy-layer");

/** Replaces every layer by the toy layer, and adds a fourth layer as the README describes. */
async function playWithToys(folder: string): Promise<void> {
  for (const name of ["staging", "dbt-layer"]) await cp(TOY, join(folder, "functions", name), { recursive: true });
  const path = join(folder, "serverless.yml");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(/(?<= {4}- name: gold\n {6}.*\n)/, "    - name: platinum\n      retries: 1\n"));
}

const scheduleSchema = z.object({
  Resources: z.object({
    Schedule: z.object({ Properties: z.looseObject({ Target: z.looseObject({ Input: z.string() }) }) }),
  }),
});

type Diary = TappedEvent & { detail: DiaryEntry };

describe("delivery by bus, queue and function", () => {
  let stage: TestStage;
  let tap: EventTap;
  let sqs: SQSClient;

  beforeAll(async () => {
    stage = await deployStage({ change: playWithToys, params: { startOnManifest: "true" } });
    tap = await EventTap.open(stage.status.bus, { source: ["toy"] });
    sqs = new SQSClient(clientOptions(testServices().emulator));
  });
  afterAll(async () => {
    sqs?.destroy();
    await tap?.close();
    await stage?.dispose();
  });

  async function put(detailType: string, data: { layer?: string; order?: Order }): Promise<void> {
    const entry = { EventBusName: stage.status.bus, Source: "baton", DetailType: detailType };
    await stage.access.eventBridge.send(
      new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify({ data }) }] }),
    );
  }
  async function diary(layer: string, fits: (entry: DiaryEntry) => boolean = () => true): Promise<DiaryEntry> {
    const isIt = (event: TappedEvent): event is Diary => {
      // only the toy layer publishes events of this source
      const entry = (event as Diary).detail;
      return entry.layer === layer && fits(entry);
    };
    return (await tap.next(`delivery to ${layer}`, isIt)).detail;
  }

  async function untilInFlight(QueueUrl: string): Promise<void> {
    const name = "ApproximateNumberOfMessagesNotVisible";
    for (let tries = 0; tries < 300; tries += 1) {
      const asked = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
      if (Number(asked.Attributes?.[name] ?? 0) > 0) return;
      await wait(50);
    }
    throw new Error(`no message of ${QueueUrl} was taken`);
  }

  it("delivers a request to the first layer, which runs in the project's Node", async () => {
    await put("PipelineRequested", {});

    const entry = await diary("staging");

    expect(entry).toMatchObject({ receiveCount: 1, nodeVersion: process.version });
  });

  it("gives functions credentials that cannot be derived from their names", async () => {
    const lambda = stage.access.lambda;
    const { FunctionArn, Role } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: `baton-${stage.status.stage}-staging` }),
    );
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    const digest = sha256(`${FunctionArn}:${Role}`);
    const guessed = new SQSClient({
      ...clientOptions(testServices().emulator),
      credentials: {
        accessKeyId: `ASIA${digest.slice(0, 16).toUpperCase()}`,
        secretAccessKey: sha256(`secret:${digest}`),
        sessionToken: sha256(`token:${digest}`),
      },
    });

    const QueueUrl = stage.status.queues["staging"]?.url;
    const denied = await guessed.send(new ReceiveMessageCommand({ QueueUrl })).catch(String);
    guessed.destroy();

    expect(denied).toMatch(/invalid/i);
  });

  it("delivers a layer's completion to the layer that listens to it", async () => {
    await put("LayerCompleted", { layer: "staging" });

    expect(JSON.parse((await diary("silver")).body)).toMatchObject({ detail: { data: { layer: "staging" } } });
  });

  it("serves a fourth layer that has only a row in the layer table and a handler", async () => {
    await put("LayerCompleted", { layer: "gold" });

    expect(await diary("platinum")).toMatchObject({ receiveCount: 1 });
    expect(stage.status.queues["platinum"]?.url).toMatch(/-platinum$/);
    expect(stage.status.queues["platinum"]?.dlqUrl).toMatch(/-platinum-dlq$/);
  });

  it("redelivers a message when the function's retry delay is over, and not earlier", async () => {
    await put("LayerCompleted", { layer: "staging", order: { outcome: "return", visibleAfterSeconds: 2 } });

    const first = await diary("silver");
    const second = await diary("silver", ({ messageId }) => messageId === first.messageId);

    expect(second.receiveCount).toBe(2);
    expect(second.startedAt - first.endedAt).toBeGreaterThanOrEqual(1900);
  });

  it("redelivers a message after the visibility timeout that a failed function has set", async () => {
    await put("LayerCompleted", { layer: "silver", order: { outcome: "throw", visibleAfterSeconds: 1 } });

    const first = await diary("gold");
    const second = await diary("gold", ({ messageId }) => messageId === first.messageId);

    expect(second.receiveCount).toBe(2);
  });

  it("moves a message that always fails to the layer's dead-letter queue, after more receives than retries", async () => {
    await put("LayerCompleted", { layer: "gold", order: { outcome: "return", visibleAfterSeconds: 0 } });

    const first = await diary("platinum");
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: stage.status.queues["platinum"]?.dlqUrl,
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ["All"],
      }),
    );

    expect(Messages).toHaveLength(1);
    expect(Messages[0]).toMatchObject({ Body: first.body });
    expect(Number(Messages[0]?.Attributes?.ApproximateReceiveCount)).toBeGreaterThan(2);
  });

  it("runs other layers while one layer runs for long", async () => {
    await put("PipelineRequested", { order: { outcome: "done", workMs: 6_000 } });
    await untilInFlight(stage.status.queues["staging"]?.url ?? "");
    await put("LayerCompleted", { layer: "staging", order: { outcome: "done", workMs: 100 } });

    const short = await diary("silver");
    const long = await diary("staging");

    expect(short.endedAt).toBeLessThan(long.endedAt);
  });

  it("denies a layer every action that its role does not allow", async () => {
    const otherQueueUrl = stage.status.queues["silver"]?.url ?? "";
    await put("PipelineRequested", { order: { outcome: "done", forbidden: { otherQueueUrl } } });

    const { forbiddenOutcomes } = await diary("staging");

    expect(Object.keys(forbiddenOutcomes)).toHaveLength(7);
    for (const [action, outcome] of Object.entries(forbiddenOutcomes)) {
      expect(`${action}: ${outcome}`).toMatch(/AccessDenied|NotAuthorized|not authorized/i);
    }
  });

  it("starts a run when a manifest is written, with a valid request", async () => {
    const Key = "dumps-manifest/gghouse_20260207.json";
    await stage.access.s3.send(new PutObjectCommand({ Bucket: stage.status.bucket, Key, Body: "{}" }));

    const event = parseEvent((await diary("staging")).body);

    expect(event).toMatchObject({
      "detail-type": "PipelineRequested",
      detail: { metadata: { stage: stage.status.stage }, data: { requestedBy: "manifest", manifestKey: Key } },
    });
  });

  it("has a schedule that requests a run at 07:00 in Tokyo, with a valid request", async () => {
    const cloudFormation = new CloudFormationClient(clientOptions(testServices().emulator));
    const { TemplateBody = "" } = await cloudFormation.send(
      new GetTemplateCommand({ StackName: `baton-${stage.status.stage}` }),
    );
    cloudFormation.destroy();
    const schedule = scheduleSchema.parse(JSON.parse(TemplateBody)).Resources.Schedule.Properties;

    expect(schedule).toMatchObject({
      ScheduleExpression: "cron(0 7 * * ? *)",
      ScheduleExpressionTimezone: "Asia/Tokyo",
      Target: { EventBridgeParameters: { Source: "baton", DetailType: "PipelineRequested" } },
    });
    // AWS replaces these placeholders at run time; the emulator's scheduler supports neither them nor time zones
    const detail = schedule.Target.Input.replace("<aws.scheduler.execution-id>", "d32c5f4a9e").replace(
      "<aws.scheduler.scheduled-time>",
      "2026-02-06T22:00:00Z",
    );
    const body = `{"source":"baton","detail-type":"PipelineRequested","detail":${detail}}`;
    expect(parseEvent(body)).toMatchObject({ detail: { data: { requestedBy: "schedule" } } });
  });
});
