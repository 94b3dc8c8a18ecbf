import { appendFile, cp, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "mysql2/promise";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { ledgerSchemaOf } from "../../shared/config/schemas-of.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { migrate } from "../../shared/ledger/schema/migrate.ts";
import { changedModels } from "../../shared/review/changed-models.ts";
import { parseProject } from "../../shared/review/parse-project.ts";
import { runReview } from "../../shared/review/run-review.ts";
import { connect, createPool } from "../../shared/warehouse/connection/connect.ts";
import { benchDbt } from "./bench-dbt.ts";
import type { BenchOptions } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { median } from "./statistics.ts";

/** Times of a review of one change, medians in seconds. */
interface ReviewTimes {
  change: string;
  seconds: number;
  models: number;
  /** Rows that differ from the live tables: 0, because the changes are refactorings. */
  differences: number;
}

/** The result of `bench review`. */
export interface ReviewBench {
  bytes: number;
  repetitions: number;
  /** Silver and gold of a run, one after the other. */
  buildSeconds: number;
  reviews: ReviewTimes[];
}

/** Changes that leave every row as it is: a comment in a model, and vars that differ, so that all models are built. */
const CHANGES = [
  { change: "one model", varsDiffer: false },
  { change: "all models", varsDiffer: true },
] as const;
const PYTHON = join(batonHome, "venv/bin/python");
const PROJECT = join(projectRoot, "dbt");
const SET = { businessDate: "2026-02-07", runId: "bench" };

/** Builds silver and gold of a sample, then reviews a change to one model and one to all of them. */
export async function benchReview(server: BenchServer, sizeBytes: number, options: BenchOptions): Promise<ReviewBench> {
  const { repeat, say, signal = new AbortController().signal } = options;
  const { bytes, layers } = await benchDbt(server, sizeBytes, options);
  const { host, port, user, password } = server.database;
  const warehouse = { host, port, user, password, tls: "disabled", schemaPrefix: "" } as const;
  const connection = await connect(warehouse);
  await migrate(connection, "");
  await connection.end();
  const folder = join(server.folder, "review");
  const ledger = createPool(warehouse, { schema: ledgerSchemaOf("") });
  try {
    await cp(join(projectRoot, "dbt"), join(folder, "dbt"), { recursive: true });
    await appendFile(join(folder, "dbt/models/gold/new_contracts.sql"), "-- changed\n");
    const base = { python: PYTHON, launcher: PROJECT, project: PROJECT, workFolder: folder };
    await parseProject(base);
    const reviews: ReviewTimes[] = [];
    for (const { change, varsDiffer } of CHANGES) {
      const times: ReviewTimes[] = [];
      for (let turn = 0; turn <= repeat; turn += 1) {
        const measured = { change, ...(await review(folder, { varsDiffer, ledger, warehouse }, signal)) };
        say(`${turn}/${repeat} review of ${change} ${measured.seconds.toFixed(2)} s`);
        // the first turn fills the server's caches
        if (turn > 0) times.push(measured);
      }
      const [first] = times;
      if (first !== undefined) reviews.push({ ...first, seconds: median(times.map(({ seconds }) => seconds)) });
    }
    const buildSeconds = layers.reduce((sum, { seconds }) => sum + seconds, 0);
    return { bytes, repetitions: repeat, buildSeconds, reviews };
  } finally {
    await ledger.end();
  }
}

async function review(
  folder: string,
  { varsDiffer, ledger, warehouse }: { varsDiffer: boolean; ledger: Pool; warehouse: WarehouseConfig },
  signal: AbortSignal,
): Promise<Omit<ReviewTimes, "change">> {
  const workFolder = await mkdtemp(join(folder, "work-"));
  const startedAt = Date.now();
  const { tables, failures } = await runReview({
    installation: { python: PYTHON, project: join(folder, "dbt"), threads: 4 },
    baseInstallation: { python: PYTHON, project: PROJECT, threads: 4 },
    ...{ warehouse, ledger, base: "main", baseState: join(folder, "target"), workFolder, signal },
    readLiveSets: () => Promise.resolve({ staging: SET, seeds: SET, silver: SET, gold: SET }),
    select: changedModels({ varsDiffer }),
    onProgress: () => undefined,
  });
  const seconds = (Date.now() - startedAt) / 1_000;
  if (failures.length > 0) throw new Error(`the review failed: ${failures.join("; ")}`);
  const differences = tables.reduce((sum, { model: { rows } }) => sum + rows.added + rows.removed + rows.changed, 0);
  return { seconds, models: tables.length, differences };
}
