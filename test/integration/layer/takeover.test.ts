import { createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import type { LayerPolicy } from "../../../shared/config/layer-policy.ts";
import {
  defineLayer,
  requested,
  type LayerContext,
  type LayerOutcome,
} from "../../../shared/layer/layer-definition.ts";
import { startHeartbeat } from "../../../shared/layer/heartbeat.ts";
import { takeLayerLock } from "../../../shared/ledger/layer-lock.ts";
import { DAY, exampleEvent, examples } from "../../support/event-builders.ts";
import { LayerHarness } from "../../support/layer-harness.ts";

const policy: LayerPolicy = { name: "relay", isLast: true, retries: 3, retryIntervalSeconds: 100, backoff: 1 };
const stats = { tables: 1, rows: 3, bytes: 10 };
type Work = (context: LayerContext<"PipelineRequested">) => Promise<LayerOutcome>;

describe("takeover", () => {
  const harness = new LayerHarness(policy);
  let runs = 0;
  let runId: RunId;

  beforeAll(() => harness.start());
  afterAll(() => harness.stop());
  beforeEach(() => {
    runs += 1;
    runId = runIdOf(DAY, (0xdef000 + runs).toString(16).padStart(8, "0").repeat(8));
  });

  const layer = (run: Work) => defineLayer({ name: policy.name, listensTo: requested(), run });
  const request = () => exampleEvent("PipelineRequested", { dump: examples.PipelineCompleted.dump }, runId);
  async function killHolder(): Promise<void> {
    const [[row]] = await harness.warehouse.pool.query<(RowDataPacket & { id: number | null })[]>(
      "SELECT IS_USED_LOCK(?) AS id",
      [`baton:${harness.warehouse.prefix}${policy.name}`],
    );
    await harness.warehouse.pool.query(`KILL ${row?.id ?? 0}`);
  }
  /** A stage that works until it is told to stop. */
  const endless: Work = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
    });

  it("stops the stage as soon as the lock's connection is cut, and tries again", async () => {
    await harness.send(request());
    const delivery = harness.deliver(layer(endless));
    await untilLocked();

    const cutAt = Date.now();
    await killHolder();

    expect(await delivery).toMatchObject({ kind: "return" });
    expect(Date.now() - cutAt).toBeLessThan(2_000);
    expect((await harness.status(runId))?.layers[0]).toMatchObject({ state: "retrying", error: { code: "LOCK_LOST" } });
    expect(await harness.deliver(layer(() => Promise.resolve({ stats })))).toEqual({ kind: "acknowledge" });
  });

  async function untilLocked(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await harness.status(runId))?.layers[0]?.state === "running") return;
      await wait(20);
    }
    throw new Error("no attempt has begun");
  }

  it("takes a lock for lost when the server does not answer for as long as it would wait itself", async () => {
    await using network = await frozenNetwork(harness.warehouse.config);
    const lock = await takeLayerLock({ ...harness.warehouse.config, port: network.port }, "frozen", 5);

    network.freeze();

    await expect(lock?.keep()).rejects.toMatchObject({ code: "LOCK_LOST" });
    expect(lock?.lost.aborted).toBe(true);
    await lock?.release();
  }, 20_000);

  /** A way to the server that can stop to carry anything, as a cut cable does: nobody is told. */
  async function frozenNetwork({ host, port }: { host: string; port: number }) {
    const { connect } = await import("node:net");
    const sockets: Socket[] = [];
    let isFrozen = false;
    const server = createServer((near) => {
      const far = connect(port, host);
      sockets.push(near, far);
      near.on("data", (data) => void (isFrozen || far.write(data)));
      far.on("data", (data) => void (isFrozen || near.write(data)));
      for (const socket of [near, far]) socket.on("error", () => undefined);
      near.on("close", () => void (isFrozen || far.destroy()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      port: (server.address() as { port: number }).port, // TCP, by listen
      freeze: () => (isFrozen = true),
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it("goes on beating when one beat hangs", async () => {
    const beats: string[] = [];
    const errors: unknown[] = [];
    const heartbeat = startHeartbeat(
      0.1,
      (signal) => {
        beats.push("beat");
        // the first one never answers, whatever it is told
        return beats.length === 1 ? new Promise(() => void signal) : Promise.resolve();
      },
      (error) => errors.push(error),
    );

    await wait(450);
    await heartbeat.stop();

    expect(beats.length).toBeGreaterThanOrEqual(3);
    expect(errors).toHaveLength(1);
  });
});
