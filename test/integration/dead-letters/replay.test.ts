import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { Connection } from "mysql2/promise";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  type SendMessageBatchRequestEntry,
} from "@aws-sdk/client-sqs";
import { renderStatus } from "../../../cli/output/print-status.ts";
import { runIdOf } from "../../../events/ids.ts";
import { replay, type ReplayPorts } from "../../../functions/replay/replay.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { projectRoot } from "../../../shared/config/checkout.ts";
import type { DlqMessage } from "../../../shared/dead-letters/dlq-message.ts";
import { DeadLetterQueue, inBatches, type LayerQueues } from "../../../shared/dead-letters/dead-letter-queue.ts";
import { replayAnswerSchema, replayRequestSchema, type ReplayAnswer } from "../../../shared/dead-letters/replay-api.ts";
import { listMessages } from "../../../shared/dead-letters/list-messages.ts";
import { mayHoldMessages } from "../../../shared/dead-letters/may-hold-messages.ts";
import type { WalkLimits } from "../../../shared/dead-letters/walk-queue.ts";
import { readGivenUp } from "../../../shared/console/data/read-failures.ts";
import type { RunIdentity } from "../../../shared/ledger/claims/claim.ts";
import { openForReading } from "../../../shared/ledger/open-for-reading.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { readStatus } from "../../../shared/ledger/reads/read-status.ts";
import { failAttempt } from "../../../shared/ledger/claims/settle.ts";
import { dlqAttributes, REPLAY_ATTRIBUTE } from "../../../shared/runtime/message.ts";
import { bodyOf, DAY, exampleEvent } from "../../support/ledger/event-builders.ts";
import { testServices } from "../../support/services.ts";
import { claimFor } from "../../support/ledger/claim-for.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const error = { kind: "database", code: "ER_LOCK_DEADLOCK", message: "Deadlock found", retriable: true };

describe("replay function", () => {
  const client = clientOptions(testServices().emulator);
  const sqs = new SQSClient(client);
  let queues: LayerQueues[];

  beforeEach(async () => {
    queues = [await newLayer("silver", "staging"), await newLayer("gold", "silver")];
  });
  afterAll(() => sqs.destroy());

  async function newLayer(layer: string, listensTo: string): Promise<LayerQueues> {
    const name = `${layer}-${randomBytes(4).toString("hex")}`;
    const [queue, dlq] = await Promise.all(
      [name, `${name}-dlq`].map((QueueName) => sqs.send(new CreateQueueCommand({ QueueName }))),
    );
    return { layer, listensTo, queueUrl: queue?.QueueUrl ?? "", dlqUrl: dlq?.QueueUrl ?? "" };
  }
  const runOf = (n: number) => runIdOf(DAY, n.toString(16).padStart(8, "0").repeat(8));
  const layerAt = (index: number): LayerQueues => {
    const layer = queues[index];
    if (layer === undefined) throw new Error(`there is no layer ${index}`);
    return layer;
  };

  /** A DLQ message of run number n, with its reason, or as SQS moves it there. */
  function dlqMessage(layer: string, n: number, { failedAt = new Date(), reason = true } = {}) {
    const why = { runId: runOf(n), layer, attempt: 4, error };
    return {
      MessageBody: bodyOf(exampleEvent("LayerCompleted", {}, runOf(n))),
      ...(reason && { MessageAttributes: dlqAttributes(why, failedAt) }),
    };
  }
  async function put(url: string, messages: readonly Omit<SendMessageBatchRequestEntry, "Id">[]): Promise<void> {
    for (const batch of inBatches(messages)) {
      const Entries = batch.map((message, index) => ({ ...message, Id: String(index) }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
  }
  async function fail(index: number, ...runs: number[]): Promise<void> {
    const { layer, dlqUrl } = layerAt(index);
    await put(
      dlqUrl,
      runs.map((n) => dlqMessage(layer, n)),
    );
  }
  function limits(): WalkLimits {
    return { deadline: new Date(Date.now() + 50_000), hiddenSeconds: 30, patienceMs: 15_000, lastLookSeconds: 0 };
  }
  async function ask(request: object, ports: Partial<ReplayPorts> = {}): Promise<ReplayAnswer> {
    const all = { sqs, queues, ledger: "none" as const, limits: limits(), ...ports };
    // as Lambda returns it: JSON, and only fields of the schema
    return replayAnswerSchema.parse(JSON.parse(JSON.stringify(await replay(all, replayRequestSchema.parse(request)))));
  }
  async function depth(url: string, { hidden = true } = {}): Promise<number> {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }));
    const count = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    return hidden ? count + Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0) : count;
  }
  async function drain(url: string) {
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
  function runsIn(messages: readonly { body: string }[]): string[] {
    return messages.map(
      ({ body }) => (JSON.parse(body) as { detail: { metadata: { runId: string } } }).detail.metadata.runId,
    ); // as bodyOf made it
  }

  it("lists the messages of all layers with their reasons, and leaves them visible in the DLQ", async () => {
    await fail(0, 1);
    await fail(1, 2);

    const { messages } = await ask({ action: "list" });

    expect(messages).toEqual([
      expect.objectContaining({ layer: "silver", runId: runOf(1), code: "ER_LOCK_DEADLOCK", attempt: 4 }),
      expect.objectContaining({
        layer: "gold",
        runId: runOf(2),
        message: "Deadlock found",
        detailType: "LayerCompleted",
      }),
    ]);
    expect(messages[0]).not.toHaveProperty("body");
    expect(await depth(layerAt(0).dlqUrl, { hidden: false })).toBe(1);
    expect((await ask({ action: "list", withBodies: true })).messages[0]?.body).toContain(runOf(1));
  });

  it("sends messages back oldest first, each once, with an unchanged body and a new replay ID", async () => {
    for (let n = 1; n <= 25; n += 1) await fail(0, n);

    expect((await ask({ action: "replay", layer: "silver" })).messages.map(({ runId }) => runId)).toEqual(
      Array.from({ length: 25 }, (_, index) => runOf(index + 1)),
    );

    expect((await ask({ action: "list" })).messages).toEqual([]);
    const sent = await drain(layerAt(0).queueUrl);
    expect(new Set(runsIn(sent)).size).toBe(25);
    expect(new Set(sent.map(({ replayId }) => replayId)).size).toBe(25);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ detail: { metadata: { correlationId: "request-1" } } });
  });

  it.each([
    ["run", { runId: runOf(2) }, [2]],
    ["code", { pattern: "OTHER" }, []],
    ["limit", { limit: 2 }, [1, 2]],
    ["age", { olderThan: "2026-01-01T00:00:00Z" }, [3]],
  ])("selects by %s and leaves the others in the DLQ", async (_, filter, chosen) => {
    await fail(0, 1);
    await fail(0, 2);
    await put(layerAt(1).dlqUrl, [dlqMessage("gold", 3, { failedAt: new Date("2025-12-31T00:00:00Z") })]);

    const dry = await ask({ action: "replay", dryRun: true, ...filter });
    const { messages } = await ask({ action: "replay", ...filter });

    expect(messages.map(({ runId }) => runId).sort()).toEqual(chosen.map(runOf).sort());
    expect(dry.messages).toEqual(messages);
    expect((await ask({ action: "list" })).messages).toHaveLength(3 - chosen.length);
  });

  it("deletes only the named messages, and nothing when the message is unknown", async () => {
    await fail(0, 1, 2);
    const [first] = (await ask({ action: "list" })).messages;

    expect((await ask({ action: "purge", messageId: "unknown" })).messages).toEqual([]);
    expect((await ask({ action: "purge", messageId: first?.messageId })).messages).toEqual([first]);

    expect((await ask({ action: "list" })).messages).toHaveLength(1);
    expect(await depth(layerAt(0).queueUrl)).toBe(0);
  });

  it("shows text that is no event, never sends it back, and deletes it on request", async () => {
    await put(layerAt(0).dlqUrl, [{ MessageBody: "hello" }]);

    expect((await ask({ action: "list" })).messages).toEqual([
      expect.objectContaining({ runId: "unknown", code: "RECEIVED_TOO_OFTEN", detailType: "not an event" }),
    ]);
    expect(await ask({ action: "replay", force: true })).toMatchObject({
      messages: [],
      skipped: [{ reason: "not-an-event", detail: expect.stringContaining("./baton dlq purge silver --id") as string }],
    });
    expect((await ask({ action: "purge", layer: "silver" })).messages).toHaveLength(1);
    expect(await depth(layerAt(0).dlqUrl)).toBe(0);
  });

  it("lists page after page, each message once and in order", async () => {
    for (let n = 0; n < 5; n += 1) await fail(0, n);
    const queue = new DeadLetterQueue(sqs, layerAt(0));
    const request = { filter: {}, page: 2, pageBytes: 1_000_000, content: "summary" } as const;

    const runs: string[] = [];
    let pages = 0;
    for (let after: DlqMessage | undefined; ; pages += 1) {
      const { messages, hasMore } = await listMessages(queue, undefined, limits(), { ...request, after });
      runs.push(...messages.map(({ runId }) => runId));
      after = messages.at(-1);
      if (!hasMore) break;
    }

    expect(runs).toEqual([0, 1, 2, 3, 4].map(runOf));
    expect(pages).toBe(2);
  });

  it("refuses an invalid request", () => {
    expect(() => replayRequestSchema.parse({ action: "drop" })).toThrow();
    expect(() => replayRequestSchema.parse({ action: "list", layers: ["silver"] })).toThrow();
  });

  describe("with thousands of messages", () => {
    const COUNT = 3_000;
    const messages = Array.from({ length: COUNT }, (_, n) => dlqMessage("silver", n));

    it("lists them in pages that fit into a Lambda response, and sends all back in a few calls", async () => {
      await put(layerAt(0).dlqUrl, messages);

      const page = await ask({ action: "list" });

      expect([page.messages.length, page.examined, page.isComplete]).toEqual([2_000, COUNT, false]);
      expect(JSON.stringify(page).length).toBeLessThan(6_000_000);
      expect(page.next).toContain(page.messages.at(-1)?.messageId);
      let sent = 0;
      for (let calls = 0; calls < 4; calls += 1) {
        const answer = await ask({ action: "replay" });
        sent += answer.messages.length;
        if (answer.isComplete) break;
      }
      expect([sent, await depth(layerAt(0).dlqUrl), await depth(layerAt(0).queueUrl)]).toEqual([COUNT, 0, COUNT]);
    });

    it("ends cleanly at its deadline, and continues in the next call", async () => {
      await put(layerAt(0).dlqUrl, messages.slice(0, 600));

      const soon = { ...limits(), deadline: new Date(Date.now() + 150) };
      const cut = await ask({ action: "replay" }, { limits: soon });

      expect(cut.isComplete).toBe(false);
      expect(await depth(layerAt(0).dlqUrl, { hidden: false })).toBe(600 - cut.messages.length);
      expect((await ask({ action: "replay" })).messages).toHaveLength(600 - cut.messages.length);
    });

    it("loses no message when it is killed", async () => {
      await put(layerAt(0).dlqUrl, messages.slice(0, 300));
      const script = `
        import { SQSClient } from "@aws-sdk/client-sqs";
        import { DeadLetterQueue } from "${projectRoot}/shared/dead-letters/dead-letter-queue.ts";
        import { replayOrPurge } from "${projectRoot}/shared/dead-letters/replay-or-purge.ts";
        const [client, queues] = JSON.parse(process.argv[1]);
        const limits = { deadline: new Date(Date.now() + 60000), hiddenSeconds: 3, patienceMs: 0, lastLookSeconds: 0 };
        const request = { action: "replay", filter: {}, limit: 1000, mode: "real", superseded: "skip" };
        await replayOrPurge(new DeadLetterQueue(new SQSClient(client), queues), undefined, limits, request);`;
      const child = spawn(process.execPath, [
        ...["--input-type=module", "-e", script],
        JSON.stringify([client, layerAt(0)]),
      ]);
      const exited = once(child, "exit");
      while ((await depth(layerAt(0).queueUrl)) < 60) await wait(2);
      child.kill("SIGKILL");
      expect(await exited).toEqual([null, "SIGKILL"]);

      expect(await depth(layerAt(0).dlqUrl)).toBeGreaterThan(0);
      await wait(3_100);
      await ask({ action: "replay" });

      const sent = runsIn(await drain(layerAt(0).queueUrl));
      expect(new Set(sent).size).toBe(300);
      // messages of the batch in flight may be sent twice
      expect(sent.length - 300).toBeLessThanOrEqual(10);
      expect(await depth(layerAt(0).dlqUrl)).toBe(0);
    });
  });

  it("sends each message once when two replay at a time", async () => {
    await fail(0, ...Array.from({ length: 100 }, (_, n) => n));

    const answers = await Promise.all([ask({ action: "replay" }), ask({ action: "replay" })]);

    expect(answers.reduce((sum, { messages }) => sum + messages.length, 0)).toBe(100);
    expect(new Set(runsIn(await drain(layerAt(0).queueUrl))).size).toBe(100);
    expect(await depth(layerAt(0).dlqUrl)).toBe(0);
  });

  it("shows all messages to each of two concurrent readers", async () => {
    await fail(0, ...Array.from({ length: 100 }, (_, n) => n));

    const answers = await Promise.all([ask({ action: "list" }), ask({ action: "list" })]);

    expect(answers.map(({ messages, hiddenElsewhere }) => [messages.length, hiddenElsewhere])).toEqual([
      [100, 0],
      [100, 0],
    ]);
  });

  it("counts the messages that another reader hides for long", async () => {
    await fail(0, 1, 2, 3);
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: layerAt(0).dlqUrl, VisibilityTimeout: 30 }));

    const answer = await ask({ action: "list" }, { limits: { ...limits(), patienceMs: 0 } });

    expect([answer.messages.length, answer.hiddenElsewhere]).toEqual([2, 1]);
  });

  it("makes all messages visible again after an error", async () => {
    await fail(0, 1, 2, 3);
    const broken = { ...layerAt(0), queueUrl: `${layerAt(0).queueUrl}-gone` };

    await expect(ask({ action: "replay" }, { queues: [broken] })).rejects.toThrow();

    expect(await depth(layerAt(0).dlqUrl, { hidden: false })).toBe(3);
  });

  describe("with the ledger", () => {
    const warehouse = testWarehouse();
    const policy = { name: "silver", isLast: true, retries: 1, retryIntervalSeconds: 60, backoff: 1.5 };
    let ledger: OpenLedger;
    let reading: Connection | undefined;

    beforeAll(async () => {
      ledger = await openLedger(warehouse.config, {});
      reading = await openForReading(warehouse.config, {});
    });
    afterAll(async () => {
      await reading?.end();
      await ledger.pool.end();
      await warehouse.dispose();
    });

    function identity(n: number, causationId = "e"): RunIdentity {
      return {
        ...{ runId: runOf(n), businessDate: DAY, requestedBy: "operator", correlationId: "c" },
        ...{ causationId, dump: undefined },
      };
    }
    async function claim(n: number, causationId?: string): Promise<void> {
      await claimFor(ledger.pool, policy, identity(n, causationId));
    }
    function askLedger(request: object) {
      return ask(request, { ledger: reading ?? "none" });
    }

    it("shows messages that SQS moved like the others", async () => {
      await claim(101);
      const key = { runId: runOf(101), layer: "silver", attempt: 1 };
      const known = {
        pattern: "deadlock",
        error: { ...error, advice: "It passes" },
        subjects: [],
        databaseError: 1213,
      };
      await failAttempt(ledger.pool, key, { ...known, events: [], retryAfterSeconds: undefined, renewsBudget: false });
      await put(layerAt(0).dlqUrl, [dlqMessage("silver", 101, { reason: false })]);

      const [found] = (await askLedger({ action: "list", pattern: "deadlock" })).messages;

      expect(found).toMatchObject({
        ...{ runId: runOf(101), kind: "database", code: "ER_LOCK_DEADLOCK", message: "Deadlock found", attempt: 1 },
        ...{ pattern: "deadlock", advice: "It passes", failedAt: expect.stringMatching(/^20\d\d-.*Z$/) as string },
      });
    });

    it("finds the run of a request without a run ID", async () => {
      const request = exampleEvent("PipelineRequested");
      const { runId: _, ...metadata } = request.detail.metadata;
      await claim(102, metadata.eventId);
      await claim(102, metadata.eventId);
      const body = { ...request, detail: { ...request.detail, metadata } };
      await put(layerAt(0).dlqUrl, [{ MessageBody: JSON.stringify(body) }]);

      expect((await askLedger({ action: "list" })).messages).toEqual([
        expect.objectContaining({ runId: runOf(102), code: "INTERRUPTED", pattern: "interrupted" }),
      ]);
    });

    it("does not send back messages of superseded runs, unless forced", async () => {
      await claim(103);
      await claim(104);
      await ledger.pool.query(
        "REPLACE INTO live_set (layer, run_id, business_date, published_at) VALUES ('staging', ?, ?, UTC_TIMESTAMP(6))",
        [runOf(104), DAY],
      );
      await fail(0, 103, 104);

      const answer = await askLedger({ action: "replay" });

      expect(answer.messages.map(({ runId }) => runId)).toEqual([runOf(104)]);
      expect(answer.skipped).toEqual([
        expect.objectContaining({
          ...{ runId: runOf(103), reason: "superseded" },
          detail: expect.stringContaining(runOf(104)) as string,
        }),
      ]);
      expect((await askLedger({ action: "list" })).messages[0]?.supersededBy).toBe(runOf(104));
      expect((await askLedger({ action: "replay", force: true })).messages).toHaveLength(1);
    });

    it("removes a purged message of a failed layer from the page", async () => {
      await claim(105);
      await ledger.pool.query("UPDATE layer_run SET state = 'failed' WHERE run_id = ?", [runOf(105)]);
      await fail(0, 105);
      const shown = async (): Promise<string[]> => {
        if (reading === undefined) throw new TypeError("there is no ledger");
        return (await readGivenUp(reading, new Date())).map(({ runId }) => runId);
      };
      expect(await shown()).toContain(runOf(105));

      await askLedger({ action: "purge", runId: runOf(105) });

      expect(await shown()).not.toContain(runOf(105));
      const status = await readStatus(ledger.pool, runOf(105), []);
      expect(status && stripVTControlCharacters(renderStatus(status))).toMatch(
        /DLQ message was deleted or has expired.*run --date/,
      );
    });

    it("sends nothing back while the ledger cannot be read, unless forced, but lists messages", async () => {
      await fail(0, 1);
      const blind = { ledger: "unreachable" as const };

      await expect(ask({ action: "replay" }, blind)).rejects.toMatchObject({ code: "REPLAY_WITHOUT_LEDGER" });
      expect(await ask({ action: "list" }, blind)).toMatchObject({
        messages: [{ runId: runOf(1) }],
        ledger: "unreachable",
      });
      expect((await ask({ action: "replay", force: true }, blind)).messages).toHaveLength(1);
    });

    it("reads a queue that SQS counts as empty only soon after an attempt that did not complete", async () => {
      const queue = new DeadLetterQueue(sqs, { ...layerAt(1), layer: "platinum" });
      const mayHold = (): Promise<boolean> => mayHoldMessages(queue, reading ?? "none");
      const before = await mayHold();
      await claimFor(ledger.pool, { ...policy, name: "platinum" }, identity(105));
      const soonAfter = await mayHold();
      await ledger.pool.query(
        "UPDATE layer_run SET heartbeat_at = heartbeat_at - INTERVAL 11 MINUTE WHERE run_id = ?",
        [runOf(105)],
      );

      expect([before, soonAfter, await mayHold()]).toEqual([false, true, false]);
      await fail(1, 105);
      expect(await mayHold()).toBe(true);
    });

    it("cannot write the ledger", async () => {
      await expect(reading?.query("DELETE FROM failure")).rejects.toMatchObject({ errno: 1792 });
    });
  });
});
