import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { sampleDays } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import { startStack, type TestStack } from "../support/baton.ts";

/** A backfill compared with running each of its days alone. */
export interface BackfillBench {
  days: number;
  /** Of one day, on average. */
  dumpBytes: number;
  /** Sum of the single runs, each from its start to its end in the ledger. */
  singleRunsMs: number;
  /** From the start of the first run of the backfill to the end of the last one. */
  backfillMs: number;
  ratio: number;
  /** Sum of the times of the backfill in which no layer could work: from the end of a run to the first layer of the next. */
  idleMs: number;
  /** `tenant_status_history` has the same rows after both. */
  isHistoryEqual: boolean;
}

const FIRST_DAY = "2026-01-01";

/**
 * Runs days one by one, then all of them as one backfill, in a local stack of its own.
 *
 * @param say receives the progress, one line per step
 */
export async function benchBackfill(
  { days, sizeBytes }: { days: number; sizeBytes: number },
  say: (text: string) => void,
): Promise<BackfillBench> {
  const stack = await startStack();
  try {
    const dumps: string[] = [];
    let bytes = 0;
    const folder = join(stack.folder, "days");
    for (const sample of sampleDays({ sizeBytes, seed: 7, date: FIRST_DAY, days })) {
      const file = join(folder, `sample_${sample.businessDate.replaceAll("-", "")}.sql`);
      const written = await writeSample(sample, { file, manifestFile: file.replace(".sql", ".json") });
      bytes += written.bytes;
      dumps.push(file);
    }
    for (const [index, dump] of dumps.entries()) {
      say(`day ${index + 1} of ${days} alone`);
      await stack.json("run", "--dump", dump, "--watch");
    }
    const alone = await readRuns(stack, 0);
    const history = await checksum(stack);
    say(`backfill of ${days} days`);
    await stack.json("backfill", folder, "--force");
    const together = await readRuns(stack, days);
    const singleRunsMs = alone.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const backfillMs =
      Math.max(...together.map(({ endMs }) => endMs)) - Math.min(...together.map(({ startMs }) => startMs));
    const idleMs = together.reduce((sum, { layerMs }, n) => sum + layerMs - (together[n - 1]?.endMs ?? layerMs), 0);
    return {
      ...{ days, dumpBytes: bytes / days, singleRunsMs, backfillMs, ratio: backfillMs / singleRunsMs, idleMs },
      isHistoryEqual: (await checksum(stack)) === history,
    };
  } finally {
    await stack.stop();
  }
}

/** The completed runs after the first ones, in the order of their turns. */
async function readRuns(
  stack: TestStack,
  after: number,
): Promise<{ startMs: number; layerMs: number; endMs: number }[]> {
  const [rows] = await stack.database.query<(RowDataPacket & { start: string; layer: string; end: string })[]>(
    `SELECT UNIX_TIMESTAMP(turn_started_at) AS start, UNIX_TIMESTAMP(run.finished_at) AS end,
        UNIX_TIMESTAMP(MIN(layer_run.started_at)) AS layer
      FROM pipeline.run JOIN pipeline.layer_run USING (run_id) WHERE run.state = 'completed' GROUP BY run_id ORDER BY turn_started_at`,
  );
  const ms = (seconds: string): number => Number(seconds) * 1_000;
  return rows.slice(after).map(({ start, layer, end }) => ({ startMs: ms(start), layerMs: ms(layer), endMs: ms(end) }));
}

async function checksum(stack: TestStack): Promise<string> {
  const [[row]] = await stack.database.query<(RowDataPacket & { Checksum: string })[]>(
    "CHECKSUM TABLE silver.tenant_status_history",
  );
  return String(row?.Checksum);
}
