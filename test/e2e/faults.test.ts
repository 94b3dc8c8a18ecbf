import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import type { RunId } from "../../events/ids.ts";
import { Random } from "../../local/sample/random.ts";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample, type WriteOptions } from "../../local/sample/write-sample.ts";
import { FaultStack } from "../support/faults/fault-stack.ts";
import { LiveReader } from "../support/faults/live-reader.ts";
import { warehouseDigest, type WarehouseDigest } from "../support/faults/warehouse-rows.ts";
import type { Fault } from "./faults/fault.ts";
import { plannedRuns } from "./faults/plan.ts";

/**
 * BATON_FAULTS=50 kills 50 functions and tests every fault separately; without it, 5 are killed, and the most
 * important faults are tested. BATON_FAULT_SEED repeats a run; BATON_FAULT_ONLY selects the runs whose faults match it.
 */
const isFull = process.env["BATON_FAULTS"] !== undefined;
const kills = Number(process.env["BATON_FAULTS"] ?? 5);
const seed = Number(process.env["BATON_FAULT_SEED"] ?? Date.now() % 1_000_000);
const only = new RegExp(process.env["BATON_FAULT_ONLY"] ?? "");

const DAY = "2026-02-07";
const RUN_MS = 240_000;
const LAYERS = ["staging", "silver", "gold"];

interface Reference {
  dump: string;
  digest: WarehouseDigest;
}

/** The deployed pipeline under every fault, compared with two undisturbed runs. @slow */
describe("faults", () => {
  let stack: FaultStack;
  let reader: LiveReader;
  const references: Reference[] = [];
  /** From the end of the upstream layer to the layer's own end, ms, by layer. */
  const usualMs: Record<string, number> = {};
  const killed: { run: RunId; layer: string; at: Date }[] = [];

  const say = (text: string): void => void process.stderr.write(`faults: ${text}\n`);

  beforeAll(async () => {
    say(`seed ${seed}, ${kills} kills; repeat with BATON_FAULT_SEED=${seed}`);
    stack = await FaultStack.start();
    reader = new LiveReader(stack.address);
    // two dumps of one day: a run of one replaces every row of the other, so the live content shows which one was
    // loaded
    for (const sampleSeed of [1, 2]) {
      const dump = await sample(String(sampleSeed), sampleSeed);
      const run = await stack.request(dump);
      expect(await stack.untilSettled(run)).toBe("completed");
      const digest = await warehouseDigest(stack.database);
      references.push({ dump, digest });
      reader.allow(digest);
      await measure(run);
    }
    await reader.start();
  }, 300_000);

  afterAll(async () => {
    try {
      const read = await reader?.stop();
      say(`a reader read ${read?.reads} whole sets, and saw ${JSON.stringify(read?.contents)} different ones`);
      say(`taken over after ${(await takeovers()).join(", ")} s`);
    } finally {
      await stack?.stop();
    }
  }, 400_000);

  async function sample(name: string, sampleSeed: number, more: Partial<WriteOptions> = {}): Promise<string> {
    const file = join(stack.folder, name, "gghouse_20260207.sql");
    const content = generateSample({ sizeBytes: 2e6, seed: sampleSeed, date: DAY });
    await writeSample(content, { file, manifestFile: file.replace(".sql", ".json"), ...more });
    return file;
  }

  async function measure(run: RunId): Promise<void> {
    const [rows] = await stack.database.query<(RowDataPacket & { layer: string; ms: string })[]>(
      `SELECT layer_run.layer, TIMESTAMPDIFF(MICROSECOND, COALESCE(before_it.finished_at, run.started_at),
          layer_run.finished_at) / 1000 AS ms
        FROM pipeline.layer_run JOIN pipeline.run USING (run_id)
        LEFT JOIN pipeline.layer_run AS before_it ON before_it.run_id = layer_run.run_id
          AND before_it.layer = ELT(FIELD(layer_run.layer, 'silver', 'gold'), 'staging', 'silver')
        WHERE layer_run.run_id = ?`,
      [run],
    );
    for (const { layer, ms } of rows) usualMs[layer] = Number(ms);
  }

  async function count(sql: string, ...values: readonly string[]): Promise<number> {
    const [[row]] = await stack.database.query<(RowDataPacket & { n: number })[]>(
      `SELECT COUNT(*) AS n FROM pipeline.${sql}`,
      [...values],
    );
    return row?.n ?? 0;
  }

  /** The guarantees after every run, whatever the fault. */
  async function expectOneEffect(run: RunId, reference: Reference): Promise<void> {
    expect(await warehouseDigest(stack.database)).toEqual(reference.digest);
    for (const layer of LAYERS) {
      expect([layer, await count("publication WHERE run_id = ? AND layer = ? AND state = 'done'", run, layer)]).toEqual(
        [layer, 1],
      );
    }
    expect(await count("publication WHERE state = 'intended'")).toBe(0);
    const states = (await stack.layers(run)).map(({ layer, state }) => `${layer} ${state}`);
    expect(states.sort()).toEqual(LAYERS.map((layer) => `${layer} completed`).sort());
    // the end of a run is published before its message is acknowledged
    await stack.untilQueuesEmpty();
    await stack.until("the last events", 20_000, async () =>
      (await count("outbox WHERE run_id = ? AND published_at IS NULL", run)) === 0 ? true : undefined,
    );
    // every attempt that did not complete has a failure with its pattern
    expect(
      await count(
        `attempt LEFT JOIN pipeline.failure USING (run_id, layer, attempt)
          WHERE run_id = ? AND state NOT IN ('completed', 'superseded') AND failure.id IS NULL`,
        run,
      ),
    ).toBe(0);
    expect(await count("failure WHERE pattern = 'unknown'")).toBe(0);
    expect(await stack.depth("dlqUrl")).toBe(0);
  }

  async function patternsOf(run: RunId): Promise<string[]> {
    const [rows] = await stack.database.query<(RowDataPacket & { pattern: string })[]>(
      "SELECT DISTINCT pattern FROM pipeline.failure WHERE run_id = ?",
      [run],
    );
    return rows.map(({ pattern }) => pattern);
  }

  async function disturb(faults: readonly Fault[], run: RunId, random: Random): Promise<void> {
    await Promise.all(
      faults.map(async (fault, index) => {
        const { layer } = fault;
        const own = { stack, runId: run, layer, usualMs: usualMs[layer] ?? 5_000 };
        await fault.strike?.({
          ...own,
          random: random.stream(`${index}`),
          say: (text) => say(`${run}: ${text}`),
          killed: (at) => void killed.push({ run, layer, at }),
        });
      }),
    );
  }

  const runs = plannedRuns({ kills, isFull }).map((faults, index) => ({
    faults,
    index,
    name: faults.map(({ name }) => name).join(", "),
  }));

  it.each(runs.filter(({ name }) => only.test(name)))(
    "publishes each layer once despite: $name",
    async ({ faults: planned, index }) => {
      const faults = planned.filter((fault) => {
        const reason = fault.skippedBecause?.(stack);
        if (reason !== undefined) say(`not tried: ${fault.name}: ${reason}`);
        return reason === undefined;
      });
      if (faults.length === 0) return;
      const reference = await other();
      const undo: (() => Promise<void>)[] = [];
      for (const fault of faults) {
        if (fault.prepare !== undefined) undo.push(await fault.prepare(stack));
      }

      const run = await stack.request(reference.dump);
      const [state] = await Promise.all([
        stack.untilSettled(run, RUN_MS - 20_000),
        disturb(faults, run, new Random(seed, `run ${index}`)),
      ]);
      for (const each of undo) await each();

      expect(state).toBe("completed");
      await expectOneEffect(run, reference);
      const patterns = await patternsOf(run);
      say(`${run}: ${patterns.join(", ") || "no failure"}`);
      for (const { leaves = [] } of faults) {
        if (leaves.length > 0) expect(patterns).toEqual(expect.arrayContaining([...leaves]));
      }
      expect(reader.sightings()).toEqual([]);
    },
    RUN_MS,
  );

  /** The dump that is not live. */
  async function other(): Promise<Reference> {
    const live = await warehouseDigest(stack.database, ["silver"]);
    const [one, two] = references;
    if (one === undefined || two === undefined) throw new Error("the undisturbed runs are missing");
    return live["silver.stg_rooms"] === one.digest["silver.stg_rooms"] ? two : one;
  }

  /** From each kill that hit an attempt to the claim of the next attempt, s. */
  async function takeovers(): Promise<string[]> {
    const seconds: string[] = [];
    for (const { run, layer, at } of killed) {
      const [[row]] = await stack.database.query<(RowDataPacket & { ms: string | null })[]>(
        `SELECT TIMESTAMPDIFF(MICROSECOND, ?, MIN(started_at)) / 1000 AS ms FROM pipeline.attempt
          WHERE run_id = ? AND layer = ? AND attempt > 1 AND started_at > ?`,
        [sqlTime(at), run, layer, sqlTime(at)],
      );
      if (row?.ms !== null && row?.ms !== undefined) seconds.push((Number(row.ms) / 1_000).toFixed(1));
    }
    return seconds;
  }

  const sqlTime = (at: Date): string => at.toISOString().replace("T", " ").replace("Z", "");

  it(
    "keeps the last good silver live when the next one fails its tests",
    async () => {
      const [one] = references;
      const before = await warehouseDigest(stack.database, ["seeds", "silver", "gold"]);
      // a code that no seed contains
      const dump = await sample("bad", 1, {
        faults: [{ kind: "setCells", table: "tenants", column: "status", value: 99 }],
      });

      const run = await stack.request(dump);

      expect(await stack.untilSettled(run)).toBe("failed");
      expect(await warehouseDigest(stack.database, ["seeds", "silver", "gold"])).toEqual(before);
      const [message] = await stack.dlqMessages("silver");
      expect(message).toMatchObject({ runId: run, layer: "silver", code: "QUALITY_TESTS_FAILED" });
      expect(await patternsOf(run)).toEqual(["QUALITY_TESTS_FAILED"]);
      reader.allow({ ...(one?.digest ?? {}), ...(await warehouseDigest(stack.database, ["staging"])) });
      expect(reader.sightings()).toEqual([]);
      await stack.untilQueuesEmpty();
    },
    RUN_MS,
  );
});
