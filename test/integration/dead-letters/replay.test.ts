import { randomBytes } from "node:crypto";
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { runIdOf } from "../../../events/ids.ts";
import { replay, replayRequestSchema, type ReplayRequest } from "../../../functions/replay/replay.ts";
import { clientOptions } from "../../../local/deploy.ts";
import type { LayerQueues } from "../../../shared/dead-letters/dead-letter-queue.ts";
import { deadLetterAttributes, REPLAY_ATTRIBUTE } from "../../../shared/layer/message.ts";
import { bodyOf, DAY, exampleEvent } from "../../support/event-builders.ts";
import { testServices } from "../../support/services.ts";

const error = { kind: "database", code: "ER_LOCK_DEADLOCK", message: "Deadlock found", retriable: true };

describe("replay function", () => {
  const sqs = new SQSClient(clientOptions(testServices().emulator));
  let queues: LayerQueues[];

  beforeEach(async () => {
    queues = [await newLayer("silver"), await newLayer("gold")];
  });

  async function newLayer(layer: string): Promise<LayerQueues> {
    const name = `${layer}-${randomBytes(4).toString("hex")}`;
    const [queue, dlq] = await Promise.all(
      [name, `${name}-dlq`].map((QueueName) => sqs.send(new CreateQueueCommand({ QueueName }))),
    );
    return { layer, queueUrl: queue?.QueueUrl ?? "", dlqUrl: dlq?.QueueUrl ?? "" };
  }
  const runOf = (n: number) => runIdOf(DAY, n.toString(16).padStart(8, "0").repeat(8));
  /** A dead letter of run number n. */
  async function fail(layer: LayerQueues | undefined, n: number, failedAt = new Date()): Promise<void> {
    const reason = { runId: runOf(n), layer: layer?.layer ?? "", attempt: 4, error };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: layer?.dlqUrl,
        MessageBody: bodyOf(exampleEvent("LayerCompleted", {}, runOf(n))),
        MessageAttributes: deadLetterAttributes(reason, failedAt),
      }),
    );
  }
  async function ask(request: ReplayRequest) {
    return (await replay(sqs, queues, replayRequestSchema.parse(request))).letters;
  }
  async function drain(url: string | undefined) {
    const bodies: { body: string; replayId: string | undefined }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
      );
      if (Messages.length === 0) return bodies;
      for (const { Body = "", MessageAttributes } of Messages) {
        bodies.push({ body: Body, replayId: MessageAttributes?.[REPLAY_ATTRIBUTE]?.StringValue });
      }
    }
  }

  it("lists the letters of all layers with their reasons, and leaves them there", async () => {
    await fail(queues[0], 1);
    await fail(queues[1], 2);

    const listed = await ask({ action: "list" });

    expect(listed).toEqual([
      expect.objectContaining({ layer: "silver", runId: runOf(1), code: "ER_LOCK_DEADLOCK", attempt: 4 }),
      expect.objectContaining({
        layer: "gold",
        runId: runOf(2),
        message: "Deadlock found",
        detailType: "LayerCompleted",
      }),
    ]);
    expect(await ask({ action: "list" })).toEqual(listed);
  });

  it("sends back more letters than one receive gives, each once, with body kept and a replay id of its own", async () => {
    for (let n = 1; n <= 25; n += 1) await fail(queues[0], n);

    expect(await ask({ action: "replay", layer: "silver" })).toHaveLength(25);

    expect(await ask({ action: "list" })).toEqual([]);
    const sent = await drain(queues[0]?.queueUrl);
    expect(sent).toHaveLength(25);
    expect(new Set(sent.map(({ replayId }) => replayId)).size).toBe(25);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ detail: { metadata: { correlationId: "request-1" } } });
  });

  it.each([
    ["run", { runId: runOf(2) }, [2]],
    ["code", { code: "OTHER" }, []],
    ["limit", { limit: 2 }, [1, 2]],
    ["age", { olderThan: "2026-01-01T00:00:00Z" }, [3]],
  ])("chooses by %s and leaves the others", async (_, filter, chosen) => {
    await fail(queues[0], 1);
    await fail(queues[0], 2);
    await fail(queues[1], 3, new Date("2025-12-31T00:00:00Z"));

    const replayed = await ask({ action: "replay", ...filter });

    expect(replayed.map(({ runId }) => runId).sort()).toEqual(chosen.map(runOf).sort());
    expect(await ask({ action: "list" })).toHaveLength(3 - chosen.length);
  });

  it("deletes only what is named, and nothing when the message is unknown", async () => {
    await fail(queues[0], 1);
    await fail(queues[0], 2);
    const [first] = await ask({ action: "list" });

    expect(await ask({ action: "purge", messageId: "unknown" })).toEqual([]);
    expect(await ask({ action: "purge", messageId: first?.messageId })).toEqual([first]);

    expect(await ask({ action: "list" })).toHaveLength(1);
    expect(await drain(queues[0]?.queueUrl)).toEqual([]);
  });

  it("reads letters that SQS moved by itself, and text that is no event", async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queues[0]?.dlqUrl, MessageBody: "hello" }));

    expect(await ask({ action: "list" })).toEqual([
      expect.objectContaining({ runId: "unknown", code: "RECEIVED_TOO_OFTEN", detailType: "not an event" }),
    ]);
  });

  it("refuses a request that it does not understand", () => {
    expect(() => replayRequestSchema.parse({ action: "drop" })).toThrow();
    expect(() => replayRequestSchema.parse({ action: "list", layers: ["silver"] })).toThrow();
  });
});
