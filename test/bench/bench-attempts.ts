import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { RowDataPacket } from "mysql2/promise";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import { quoteTable } from "../../shared/warehouse/tables/identifier.ts";
import { testServices } from "../support/services.ts";
import { deployStage, type TestStage } from "../support/stack.ts";
import { StageRuns } from "../support/stage-runs.ts";

/** A load by one function invocation, and by as many as its time limit needs. */
export interface AttemptsBench {
  dumpBytes: number;
  whole: StagingRun;
  limited: StagingRun & { limitSeconds: number; ratio: number };
  /** True when all tables have the same rows, by CHECKSUM TABLE. */
  isEqual: boolean;
}

/** The staging layer of a run. */
interface StagingRun {
  attempts: number;
  /** From the first attempt's start to the last one's end. */
  ms: number;
}

const RUN_MS = 3_600_000;

/**
 * Loads one dump through two deployed environments: with the usual time limit of the staging function, and with a short
 * one. The services of the tests must be running.
 *
 * @param say receives the progress, one line per step
 */
export async function benchAttempts(
  sizeBytes: number,
  limitSeconds: number,
  say: (text: string) => void,
): Promise<AttemptsBench> {
  const file = join(testServices().folder, "attempts", "sample_20260207.sql");
  say(`writing a dump of ${Math.round(sizeBytes / 1e6)} MB`);
  const sample = generateSample({ sizeBytes, seed: 7, date: "2026-02-07" });
  const { bytes } = await writeSample(sample, { file, manifestFile: file.replace(".sql", ".json") });
  const load = async (limit?: number): Promise<StagingRun & { sums: Record<string, string> }> => {
    say(limit === undefined ? "a run with the usual limit" : `a run with a limit of ${limit} s`);
    const stage = await deployStage();
    const runs = new StageRuns(stage);
    try {
      // shorter than the layer table allows
      const limits = { FunctionName: `baton-${stage.status.stage}-staging`, Timeout: limit };
      if (limit !== undefined) await stage.access.lambda.send(new UpdateFunctionConfigurationCommand(limits));
      const run = await runs.request(file);
      const states = await runs.untilEnd(run, RUN_MS);
      if (states[0] !== "staging completed") throw new Error(`the run ended with ${states.join(", ")}`);
      return { ...(await stagingRun(stage, run)), sums: await checksums(stage) };
    } finally {
      runs.close();
      await stage.dispose();
    }
  };
  const [whole, limited] = [await load(), await load(limitSeconds)];
  const figures = ({ attempts, ms }: StagingRun): StagingRun => ({ attempts, ms });
  return {
    dumpBytes: bytes,
    whole: figures(whole),
    limited: { ...figures(limited), limitSeconds, ratio: Number((limited.ms / whole.ms).toFixed(2)) },
    isEqual: isDeepStrictEqual(whole.sums, limited.sums),
  };
}

async function stagingRun({ warehouse }: TestStage, run: string): Promise<StagingRun> {
  const [[row]] = await warehouse.pool.query<(RowDataPacket & { attempts: number; ms: string })[]>(
    `SELECT COUNT(*) AS attempts, TIMESTAMPDIFF(MICROSECOND, MIN(started_at), MAX(finished_at)) / 1000 AS ms
      FROM ${quoteTable(`${warehouse.prefix}pipeline`, "attempt")} WHERE run_id = ? AND layer = 'staging'`,
    [run],
  );
  return { attempts: Number(row?.attempts), ms: Math.round(Number(row?.ms)) };
}

async function checksums({ warehouse }: TestStage): Promise<Record<string, string>> {
  const schema = `${warehouse.prefix}staging`;
  const [tables] = await warehouse.pool.query<(RowDataPacket & { name: string })[]>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
    [schema],
  );
  const sums: Record<string, string> = {};
  for (const { name } of tables) {
    const [[row]] = await warehouse.pool.query<RowDataPacket[]>(`CHECKSUM TABLE ${quoteTable(schema, name)}`);
    sums[name] = String(row?.["Checksum"]);
  }
  return sums;
}
