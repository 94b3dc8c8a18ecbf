import type { RowDataPacket } from "mysql2/promise";
import { setTimeout as wait } from "node:timers/promises";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import { ensureSchema, listTables, planSet } from "../../../shared/warehouse/tables/publish-set.ts";
import { PermanentError, TransientError } from "../../../shared/errors/errors.ts";
import { QualityError } from "../../../shared/errors/quality-error.ts";
import {
  defineLayer,
  requested,
  type LayerContext,
  type LayerOutcome,
} from "../../../shared/runtime/layer-definition.ts";
import { takeLayerLock } from "../../../shared/ledger/claims/layer-lock.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { publishPlan } from "../../../shared/ledger/publication/publication.ts";
import { DAY, exampleEvent, examples } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";

const policy: LayerPolicy = { name: "first", isLast: true, retries: 1, retryIntervalSeconds: 100, backoff: 2 };
const stats = { tables: 1, rows: 3, bytes: 10 };
type Work = (context: LayerContext<"PipelineRequested">) => Promise<LayerOutcome>;

describe("layer runtime", () => {
  const harness = new LayerHarness(policy);
  let runs = 0;
  let runId: RunId;

  beforeAll(() => harness.start());
  afterAll(() => harness.stop());
  beforeEach(async () => {
    runs += 1;
    const sha256 = (0xabc000 + runs).toString(16).padStart(8, "0").repeat(8);
    runId = runIdOf(DAY, sha256);
    await harness.emitted();
  });

  function request() {
    return exampleEvent("PipelineRequested", { dump: examples.PipelineCompleted.dump }, runId);
  }
  /** A first layer that does the given work and counts its runs. */
  function layer(work: Work) {
    const calls: number[] = [];
    const definition = defineLayer({
      name: policy.name,
      listensTo: requested(),
      async run(context) {
        calls.push(context.run.attempt);
        return work(context);
      },
    });
    return { definition, calls };
  }
  const succeed: Work = () => Promise.resolve({ stats });
  const fail =
    (error: Error): Work =>
    () =>
      Promise.reject(error);
  async function layerStatus() {
    return (await harness.status(runId))?.layers[0];
  }

  it("runs the layer, completes the run and publishes its events", async () => {
    await harness.send(request());

    expect(await harness.deliver(layer(succeed).definition)).toEqual({ kind: "acknowledge" });

    expect(await harness.status(runId)).toMatchObject({
      run: { id: runId, state: "completed" },
      layers: [{ name: "first", state: "completed", attempts: 1, rows: 3, error: null }],
    });
    const events = await harness.emitted();
    expect(events.map((event) => event["detail-type"])).toEqual([
      "LayerStarted",
      "LayerCompleted",
      "PipelineCompleted",
    ]);
    expect(events[1]?.detail).toMatchObject({ metadata: { runId, correlationId: "request-1" }, data: { stats } });
  });

  it("does the work once when a message is delivered three times, and publishes the same event again", async () => {
    const { definition, calls } = layer(succeed);
    for (let copies = 0; copies < 3; copies += 1) await harness.send(request());
    for (let copies = 0; copies < 3; copies += 1) await harness.deliver(definition);

    expect(calls).toEqual([1]);
    const completed = (await harness.emitted()).filter((event) => event["detail-type"] === "LayerCompleted");
    expect(completed).toHaveLength(3);
    expect(new Set(completed.map((event) => event.detail.metadata.eventId)).size).toBe(1);
  });

  it("retries a transient error after the layer's interval", async () => {
    await harness.send(request());
    const failing = layer(fail(new TransientError("BUSY", "busy")));

    expect(await harness.deliver(failing.definition)).toEqual({ kind: "return", afterSeconds: 1 });
    expect(await layerStatus()).toMatchObject({ state: "retrying", attempts: 1, error: { code: "BUSY" } });
    expect(await harness.deliver(layer(succeed).definition)).toEqual({ kind: "acknowledge" });

    expect(await layerStatus()).toMatchObject({ state: "completed", attempts: 2, error: null });
  });

  it("gives up after the last retry: DLQ message with reason, LayerFailed, failed run", async () => {
    await harness.send(request());
    const { definition } = layer(fail(Object.assign(new Error("Deadlock found"), { errno: 1213 })));
    await harness.deliver(definition);

    expect(await harness.deliver(definition)).toEqual({ kind: "acknowledge" });

    expect(await harness.status(runId)).toMatchObject({ run: { state: "failed" }, layers: [{ attempts: 2 }] });
    const [message] = await harness.dlqMessages();
    expect(message?.attributes).toMatchObject({
      runId,
      layer: "first",
      kind: "database",
      message: "Deadlock found",
      attempt: "2",
    });
    const failed = (await harness.emitted()).find((event) => event["detail-type"] === "LayerFailed");
    const advice = "The retries did not help. If it continues, find the other session with SHOW ENGINE INNODB STATUS.";
    expect(failed?.detail.data).toMatchObject({ layer: "first", attempt: 2, error: { retriable: true, advice } });
    expect(await layerStatus()).toMatchObject({ error: { advice } });
  });

  it("gives up at once when the error is permanent", async () => {
    await harness.send(request());
    const error = new PermanentError("DUMP_CHECKSUM", "sha256 differs\u0000", { advice: "ask for a new dump" });

    expect(await harness.deliver(layer(fail(error)).definition)).toEqual({ kind: "acknowledge" });

    const [message] = await harness.dlqMessages();
    expect(message?.attributes).toMatchObject({ code: "DUMP_CHECKSUM", message: "sha256 differs?", attempt: "1" });
    expect(await layerStatus()).toMatchObject({ state: "failed", error: { advice: "ask for a new dump" } });
  });

  it("names the data tests that failed", async () => {
    await harness.send(request());
    const tests = [{ name: "unique", model: "new_contracts", severity: "error" as const, failures: 2 }];

    await harness.deliver(layer(fail(new QualityError("first", tests))).definition);

    const quality = (await harness.emitted()).find((event) => event["detail-type"] === "QualityTestFailed");
    expect(quality?.detail.data).toMatchObject({ tests });
    expect(await harness.dlqMessages()).toHaveLength(1);
  });

  it("does not count a planned stop as a retry", async () => {
    await harness.send(request());
    const stop = fail(
      new TransientError("LOAD_TIME_BUDGET", "more to do", { isPlannedStop: true, retryAfterSeconds: 0 }),
    );
    for (let stops = 0; stops < 3; stops += 1) {
      expect(await harness.deliver(layer(stop).definition)).toMatchObject({ kind: "return" });
    }

    expect(await harness.deliver(layer(succeed).definition)).toEqual({ kind: "acknowledge" });
    expect(await layerStatus()).toMatchObject({ state: "completed", attempts: 4 });
  });

  it("passes saved progress to the next attempt", async () => {
    await harness.send(request());
    const first: Work = async (context) => {
      await context.saveProgress({ done: ["a"] });
      throw new TransientError("BUSY", "busy", { retryAfterSeconds: 0 });
    };
    const seen: unknown[] = [];
    const second: Work = (context) => {
      seen.push(context.run.progress);
      return succeed(context);
    };
    await harness.deliver(layer(first).definition);
    await harness.deliver(layer(second).definition);

    expect(seen).toEqual([{ done: ["a"] }]);
  });

  it("waits while another function holds the layer", async () => {
    await harness.send(request());
    const lock = await takeLayerLock(harness.warehouse.config, policy.name, 60);
    const { definition, calls } = layer(succeed);

    expect(await harness.deliver(definition)).toMatchObject({ kind: "return" });
    await lock?.release();
    expect(await harness.deliver(definition)).toEqual({ kind: "acknowledge" });

    expect(calls).toEqual([1]);
  });

  it("extends the visibility timeout of the message while the layer runs", async () => {
    await harness.send(request());
    const record = await harness.receive();
    const slow: Work = async () => {
      await wait(4_500);
      return { stats };
    };

    const delivery = harness.deliver(layer(slow).definition, { record });
    await wait(4_000);

    expect(await harness.hasVisibleMessage()).toBe(false);
    expect(await delivery).toEqual({ kind: "acknowledge" });
  });

  it("stops the layer at the deadline", async () => {
    await harness.send(request());
    const endless: Work = (context) =>
      new Promise((_, reject) => {
        context.signal.addEventListener("abort", () => reject(new Error("query was killed")));
      });

    await harness.deliver(layer(endless).definition, { deadline: new Date(Date.now() + 200) });

    expect(await layerStatus()).toMatchObject({ state: "retrying", error: { code: "DEADLINE", kind: "timeout" } });
    await harness.deliver(layer(succeed).definition);
  });

  describe("publication", () => {
    const schemas = () => {
      const live = `${harness.warehouse.prefix}shelf${runs}`;
      return { live, next: `${live}_next`, backup: `${live}_backup` };
    };
    /** Work that builds and publishes one table; `then` is called after the publication. */
    const publishing =
      (content: string, then: () => Promise<void> = () => Promise.resolve()): Work =>
      async (context) => {
        const names = schemas();
        const connection = await harness.warehouse.pool.getConnection();
        try {
          for (const schema of Object.values(names)) await ensureSchema(connection, schema);
          await connection.query(`DROP TABLE IF EXISTS ${names.next}.book`);
          await connection.query(`CREATE TABLE ${names.next}.book AS SELECT ? AS content`, [content]);
          const renames = await planSet(connection, { schemas: names, tables: ["book"], removed: [] });
          await context.publish({ renames, stats, publishedTables: [], removedTables: [], backups: [] });
        } finally {
          connection.release();
        }
        await then();
        return { stats };
      };
    async function liveContent(): Promise<string | undefined> {
      const [[row]] = await harness.warehouse.pool.query<(RowDataPacket & { content: string })[]>(
        `SELECT content FROM ${schemas().live}.book`,
      );
      return row?.content;
    }

    it("is completed from its record when the function died right after the publication", async () => {
      await harness.send(request());
      const crash = () => Promise.reject(new TransientError("CRASH", "died", { retryAfterSeconds: 0 }));
      await harness.deliver(layer(publishing("first", crash)).definition);
      const { definition, calls } = layer(publishing("second"));

      expect(await harness.deliver(definition)).toEqual({ kind: "acknowledge" });

      expect(calls).toEqual([]);
      expect(await liveContent()).toBe("first");
      expect(await layerStatus()).toMatchObject({ state: "completed", rows: 3 });
    });

    it("is refused to an attempt that was taken over", async () => {
      await harness.send(request());
      const record = await harness.receive();
      let zombieError: unknown;
      const zombie: Work = async (context) => {
        // the lock's connection is killed, as when a frozen function loses its network connection
        const [[lock]] = await harness.warehouse.pool.query<(RowDataPacket & { id: number })[]>(
          "SELECT IS_USED_LOCK(?) AS id",
          [`baton:${harness.warehouse.prefix}first`],
        );
        await harness.warehouse.pool.query(`KILL ${lock?.id ?? 0}`);
        await harness.deliver(layer(publishing("successor")).definition, { record });
        return publishing("zombie")(context).catch((error: unknown) => {
          zombieError = error;
          throw error;
        });
      };

      await harness.deliver(layer(zombie).definition, { record });

      expect(zombieError).toMatchObject({ code: "LOCK_LOST" });
      expect(await liveContent()).toBe("successor");
      expect(await layerStatus()).toMatchObject({ state: "completed", attempts: 2 });
    });

    it("is refused to a stalled attempt, whose connection the next attempt kills first", async () => {
      await harness.send(request());
      const record = await harness.receive();
      let ended: unknown;
      const stalled: Work = async (context) => {
        // like a frozen function: no heartbeat for longer than the idle time, with its connection open. This process is
        // alive, and may send a heartbeat between the two statements
        for (let tries = 0, isDone = false; tries < 20 && !isDone; tries += 1) {
          await harness.warehouse.pool.query(
            `UPDATE ${harness.warehouse.prefix}pipeline.layer_run SET heartbeat_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR
              WHERE run_id = ?`,
            [runId],
          );
          const successor = await harness.deliver(layer(publishing("successor")).definition, { record });
          isDone = successor.kind === "acknowledge";
        }
        return publishing("zombie")(context).catch((error: unknown) => {
          ended = error;
          throw error;
        });
      };

      await harness.deliver(layer(stalled).definition, { record });

      expect(ended).toMatchObject({ code: "LOCK_LOST" });
      expect(await liveContent()).toBe("successor");
      expect(await layerStatus()).toMatchObject({ state: "completed", attempts: 2 });
    });

    it("is refused by the ledger also to an attempt that still believes it holds the lock", async () => {
      await harness.send(request());
      await harness.deliver(layer(publishing("successor")).definition);
      const ledger = await openLedger(harness.warehouse.config, {});
      const connection = await ledger.pool.getConnection();
      await ensureSchema(connection, schemas().next);
      await connection.query(`DROP TABLE IF EXISTS ${schemas().next}.book`);
      await connection.query(`CREATE TABLE ${schemas().next}.book AS SELECT 'zombie' AS content`);
      const renames = await planSet(connection, { schemas: schemas(), tables: ["book"], removed: [] });
      const plan = { renames, stats, publishedTables: [], removedTables: [], backups: [] };
      const key = { runId, layer: policy.name, attempt: 1 };

      const publication = publishPlan(connection, key, {
        ...plan,
        businessDate: DAY,
        upstream: undefined,
        isLast: policy.isLast,
      });

      await expect(publication).rejects.toMatchObject({ name: "FenceLostError" });
      expect(await liveContent()).toBe("successor");
      connection.release();
      await ledger.pool.end();
    });

    it("leaves nothing of the replaced set except its backup", async () => {
      await harness.send(request());
      await harness.deliver(layer(publishing("only")).definition);
      const connection = await harness.warehouse.pool.getConnection();
      const tables = await Promise.all(Object.values(schemas()).map((schema) => listTables(connection, schema)));
      connection.release();

      expect(tables).toEqual([["book"], [], []]);
    });
  });

  it.each([
    ["text that is no event", "hello", "EVENT_INVALID"],
    ["an event that it does not listen to", "LayerCompleted", "EVENT_INVALID"],
  ])("sends %s to the DLQ with the reason", async (_, body, code) => {
    await harness.send(body === "hello" ? body : exampleEvent("LayerCompleted"));
    const { definition, calls } = layer(succeed);

    expect(await harness.deliver(definition)).toEqual({ kind: "acknowledge" });

    expect(calls).toEqual([]);
    expect((await harness.dlqMessages())[0]?.attributes).toMatchObject({ layer: "first", code, runId: "unknown" });
    expect(await harness.failures(1)).toEqual([
      expect.objectContaining({ runId: null, attempt: 0, pattern: code, verdict: "dead-letter" }),
    ]);
  });
});
