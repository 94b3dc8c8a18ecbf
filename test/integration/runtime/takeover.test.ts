/** @bothEngines */
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import { schemasOf } from "../../../shared/config/schemas-of.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { workingIn } from "../../../shared/warehouse/connection/working-in.ts";
import { TransientError } from "../../../shared/errors/errors.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import {
  defineLayer,
  requested,
  type LayerContext,
  type LayerOutcome,
} from "../../../shared/runtime/layer-definition.ts";
import { startHeartbeat } from "../../../shared/runtime/heartbeat.ts";
import { takeLayerLock } from "../../../shared/ledger/claims/layer-lock.ts";
import { DAY, exampleEvent, examples } from "../../support/ledger/event-builders.ts";
import { LayerHarness } from "../../support/ledger/layer-harness.ts";

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
  /** Work that continues until its signal is aborted. */
  const endless: Work = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
    });

  it("stops the layer as soon as the lock's connection is killed, and retries", async () => {
    await harness.send(request());
    const delivery = harness.deliver(layer(endless));
    await untilLocked();

    const cutAt = Date.now();
    await killHolder();

    expect(await delivery).toMatchObject({ kind: "return" });
    expect(Date.now() - cutAt).toBeLessThan(10_000);
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

  it("ends sessions of an earlier attempt in the schema before it builds there", async () => {
    await harness.send(request());
    const record = await harness.receive();
    let statement: Promise<unknown> | undefined;
    let isOver = false;
    // a killed function: its statement continues on the server
    const killed: Work = async ({ warehouse }) => {
      const { next } = schemasOf(warehouse.schemaPrefix, policy.name);
      await harness.warehouse.pool.query(`CREATE DATABASE IF NOT EXISTS ${next}`);
      const session = await connect(workingIn(warehouse, policy.name));
      statement = session
        // MySQL's information_schema.processlist cannot show a statement with a character of 4 bytes
        .query(`CREATE TABLE ${next}.orphan AS SELECT SLEEP(60) AS slept, '🏠' AS house`)
        .catch(() => undefined)
        .finally(() => (isOver = true));
      await wait(200);
      await killHolder();
      await harness.deliver(layer(successor), { record });
      return { stats };
    };
    const seen: boolean[] = [];
    const successor: Work = () => {
      seen.push(isOver);
      return Promise.resolve({ stats });
    };

    await harness.deliver(layer(killed), { record });
    await statement;

    expect(seen).toEqual([true]);
    expect((await harness.status(runId))?.layers[0]).toMatchObject({ state: "completed", attempts: 2 });
  });

  it("gives each attempt an empty folder and removes those of killed attempts", async () => {
    await harness.send(request());
    const folders: string[] = [];
    const left: string[][] = [];
    const littering: Work = async ({ workFolder }) => {
      folders.push(workFolder);
      left.push(await readdir(dirname(workFolder)), await readdir(workFolder));
      await writeFile(join(workFolder, "dump.sql"), "rows");
      // the folder of an attempt that was killed before its clean-up
      await mkdir(join(dirname(workFolder), "attempt-killed"));
      throw new TransientError("BUSY", "busy", { retryAfterSeconds: 0 });
    };
    await harness.deliver(layer(littering));
    await harness.deliver(layer(littering));

    expect(left).toEqual([[basename(folders[0] ?? "")], [], [basename(folders[1] ?? "")], []]);
    expect(existsSync(folders[1] ?? "")).toBe(false);
    await harness.deliver(layer(() => Promise.resolve({ stats })));
  });

  it("has released the lock when release() resolves", async () => {
    for (let turn = 0; turn < 50; turn += 1) {
      const lock = await takeLayerLock(harness.warehouse.config, "turns", 60);
      expect([turn, lock === undefined]).toEqual([turn, false]);
      await lock?.release();
    }
  });

  it("does not start the layer when the lock was lost before", async () => {
    await harness.send(request());
    const begun: string[] = [];
    const deaf = layer(() => {
      begun.push("stage");
      return new Promise(() => undefined);
    });
    const cutDuringPublish = async (): Promise<never> => {
      await killHolder();
      await wait(200);
      throw new Error("the bus did not answer");
    };
    // LayerStarted is the last event before the layer starts; the cast because send() has a form with a callback
    jest.spyOn(harness.aws.eventBridge, "send").mockImplementationOnce(cutDuringPublish as () => never);

    expect(await harness.deliver(deaf)).toMatchObject({ kind: "return" });

    expect(begun).toEqual([]);
    await harness.deliver(layer(() => Promise.resolve({ stats })));
  });

  it("treats a lock as lost when the server does not answer for the idle time", async () => {
    await using network = await frozenNetwork(harness.warehouse.config);
    const lock = await takeLayerLock({ ...harness.warehouse.config, port: network.port }, "frozen", 5);

    network.freeze();

    await expect(lock?.keep()).rejects.toMatchObject({ code: "LOCK_LOST" });
    expect(lock?.lost.aborted).toBe(true);
    await lock?.release();
  }, 20_000);

  /** A proxy to the server that can stop forwarding without closing connections, like a cut cable. */
  async function frozenNetwork({ host, port }: { host: string; port: number }) {
    const sockets: Socket[] = [];
    let isFrozen = false;
    const server = createServer((near) => {
      const far = connectTo(port, host);
      sockets.push(near, far);
      near.on("data", (data) => void (isFrozen || far.write(data)));
      far.on("data", (data) => void (isFrozen || near.write(data)));
      for (const socket of [near, far]) socket.on("error", () => undefined);
      near.on("close", () => void (isFrozen || far.destroy()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      port: (server.address() as { port: number }).port, // a TCP address, because it listens on a port
      freeze: () => (isFrozen = true),
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it("continues the heartbeat when one call hangs", async () => {
    const beats: string[] = [];
    const errors: unknown[] = [];
    const heartbeat = startHeartbeat(
      0.1,
      (signal) => {
        beats.push("beat");
        // the first call never ends, even if it is aborted
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
