import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import type { RunId } from "../../events/ids.ts";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import { FaultStack } from "../support/faults/fault-stack.ts";
import { replayAll } from "../support/ledger/replay-all.ts";

/** The cost of a repair, compared with that of a whole run. */
export interface RecoveryBench {
  dumpBytes: number;
  /** From the request to the last layer's end. */
  fullRunMs: number;
  layersMs: Record<string, number>;
  /** The silver model that was built last in the whole run. It is the one that fails. */
  failedModel: string;
  /** From the replay of silver's DLQ message to silver's publication. */
  recoveryMs: number;
  recoveryShare: number;
  /** From `kill -9` of the silver function in the middle of its work to the claim of the next attempt. */
  takeoverMs: number;
  /** Visibility timeouts, s: set by a heartbeat here and on AWS, and the queue's own timeout. */
  visibilitySeconds: { here: number; aws: number; withoutHeartbeat: number };
}

const DAY = "2026-02-07";
const LONG_MS = 1_800_000;
/** Heartbeat intervals of the environment deployed here and of `serverless.yml`. */
const HEARTBEATS = { here: 1, aws: 40 };

/**
 * Measures in a separate deployed environment: a whole run; a run whose silver layer fails at the model that is built
 * last and is replayed; and a run whose silver function is killed. The services of the tests must be running.
 *
 * @param say receives the progress, one line per step
 */
export async function benchRecovery(sizeBytes: number, say: (text: string) => void): Promise<RecoveryBench> {
  const stack = await FaultStack.start();
  try {
    const dumps: string[] = [];
    let dumpBytes = 0;
    for (const seed of [7, 8]) {
      say(`writing a dump of ${Math.round(sizeBytes / 1e6)} MB`);
      const file = join(stack.folder, String(seed), "sample_20260207.sql");
      const manifestFile = file.replace(".sql", ".json");
      const written = await writeSample(generateSample({ sizeBytes, seed, date: DAY }), { file, manifestFile });
      dumps.push(file);
      dumpBytes = written.bytes;
    }
    const [first = "", second = ""] = dumps;
    say("a whole run");
    const whole = await stack.request(first);
    await stack.untilSettled(whole, LONG_MS);
    const { fullRunMs, layersMs } = await durations(stack, whole);
    const failedModel = await lastModel(stack, whole);

    say(`a run whose silver fails at ${failedModel}`);
    const recoveryMs = await measureReplay(stack, second, failedModel);
    say("a run whose silver function is killed");
    const takeoverMs = await measureTakeover(stack, first, layersMs["silver"] ?? 0);
    return {
      dumpBytes,
      fullRunMs,
      layersMs,
      failedModel,
      recoveryMs,
      recoveryShare: recoveryMs / fullRunMs,
      takeoverMs,
      visibilitySeconds: { here: HEARTBEATS.here * 3, aws: HEARTBEATS.aws * 3, withoutHeartbeat: 900 },
    };
  } finally {
    await stack.stop();
  }
}

async function one<T>(stack: FaultStack, sql: string, ...values: readonly string[]): Promise<T> {
  const [[row]] = await stack.database.query<(RowDataPacket & T)[]>(sql, [...values]);
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}

async function durations(stack: FaultStack, run: RunId): Promise<Pick<RecoveryBench, "fullRunMs" | "layersMs">> {
  const { ms } = await one<{ ms: string }>(
    stack,
    "SELECT TIMESTAMPDIFF(MICROSECOND, started_at, finished_at) / 1000 AS ms FROM pipeline.run WHERE run_id = ?",
    run,
  );
  const layers = await stack.layers(run);
  return {
    fullRunMs: Number(ms),
    layersMs: Object.fromEntries(layers.map(({ layer, duration_ms }) => [layer, Number(duration_ms)])),
  };
}

async function lastModel(stack: FaultStack, run: RunId): Promise<string> {
  const { name } = await one<{ name: string }>(
    stack,
    `SELECT name FROM pipeline.step WHERE run_id = ? AND layer = 'silver' AND kind = 'model'
      AND name NOT LIKE 'stg%' ORDER BY recorded_at DESC, name DESC LIMIT 1`,
    run,
  );
  return name;
}

/** Silver fails permanently because a column is missing. The column is restored and the DLQ message replayed. */
async function measureReplay(stack: FaultStack, dump: string, model: string): Promise<number> {
  const column = "tenant_status_history RENAME COLUMN";
  await stack.database.query(`ALTER TABLE silver.${column} valid_from TO valid_since`);
  const run = await stack.request(dump);
  const state = await stack.untilSettled(run, LONG_MS);
  const { error } = await one<{ error: string }>(
    stack,
    "SELECT CAST(error AS CHAR) AS error FROM pipeline.layer_run WHERE run_id = ? AND layer = 'silver'",
    run,
  );
  if (state !== "failed" || !error.includes(model)) throw new Error(`${model} should have failed; ${state}: ${error}`);
  await stack.database.query(`ALTER TABLE silver.${column} valid_since TO valid_from`);
  const { url: queueUrl, dlqUrl } = stack.status.queues["silver"] ?? { url: "", dlqUrl: "" };
  const replayedAt = Date.now();
  await replayAll(stack.sqs, { layer: "silver", queueUrl, dlqUrl });
  const { duration } = await untilCompleted(stack, run, replayedAt);
  await stack.untilSettled(run, LONG_MS);
  return duration;
}

async function untilCompleted(stack: FaultStack, run: RunId, since: number): Promise<{ duration: number }> {
  await stack.untilLayer(run, "silver", ["completed"], LONG_MS);
  const { at } = await one<{ at: string }>(
    stack,
    "SELECT finished_at AS at FROM pipeline.layer_run WHERE run_id = ? AND layer = 'silver'",
    run,
  );
  return { duration: new Date(`${at.replace(" ", "T")}Z`).getTime() - since };
}

async function measureTakeover(stack: FaultStack, dump: string, silverMs: number): Promise<number> {
  const run = await stack.request(dump);
  await stack.untilLayer(run, "silver", ["running"], LONG_MS);
  await wait(silverMs / 2);
  const killedAt = new Date();
  await stack.kill("silver");
  await stack.untilSettled(run, LONG_MS);
  const { ms } = await one<{ ms: string | null }>(
    stack,
    `SELECT TIMESTAMPDIFF(MICROSECOND, ?, started_at) / 1000 AS ms FROM pipeline.attempt
      WHERE run_id = ? AND layer = 'silver' AND attempt = 2`,
    killedAt.toISOString().replace("T", " ").replace("Z", ""),
    run,
  );
  return Number(ms);
}
