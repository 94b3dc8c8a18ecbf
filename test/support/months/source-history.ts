import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import type { Sample } from "../../../local/sample/sample.ts";
import type { SampleFault } from "../../../local/sample/faults.ts";
import { dumpChunks } from "../../../local/sample/write-sample.ts";
import { schemasOf } from "../../../shared/config/schemas-of.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { ProfileStore } from "../../../shared/quality/profile-store.ts";
import { recordQuality } from "../../../shared/ledger/records/quality.ts";
import type { CheckResult } from "../../../shared/quality/check-result.ts";
import { judgeDay } from "../../../shared/quality/judge-day.ts";
import { profileDay } from "../../../shared/quality/profile-day.ts";
import { readQualityRules, type SourceRules } from "../../../shared/quality/read-quality-rules.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";

/** A dump, and the day that it arrives as. */
export interface ArrivingDump {
  businessDate: string;
  chunks: readonly Buffer[];
}

/** The result of a day's dump. */
export interface CheckedDay {
  businessDate: string;
  isPublished: boolean;
  /** All results except those that passed. */
  findings: CheckResult[];
  passed: number;
  loadMs: number;
  profileMs: number;
  judgeMs: number;
}

/** The bytes of a sample's dump, with planted faults. */
export function dumpOf(sample: Sample, faults: readonly SampleFault[] = []): ArrivingDump {
  return { businessDate: sample.businessDate, chunks: [...dumpChunks(sample, { faults })] };
}

/**
 * Takes days of dumps through loader, profiles and checks on a real server, and stores the ledger's history between
 * them.
 */
export class SourceHistory {
  readonly #warehouse: WarehouseConfig;
  readonly #ledger: OpenLedger;
  readonly rules: SourceRules;
  readonly #folder: string;
  #runs = 0;

  private constructor(warehouse: WarehouseConfig, ledger: OpenLedger, rules: SourceRules, folder: string) {
    this.#warehouse = warehouse;
    this.#ledger = ledger;
    this.rules = rules;
    this.#folder = folder;
  }

  static async open(warehouse: WarehouseConfig): Promise<SourceHistory> {
    const rules = await readQualityRules(join(projectRoot, "dbt"));
    const folder = await mkdtemp(join(tmpdir(), "baton-history-"));
    return new SourceHistory(warehouse, await openLedger(warehouse, {}), rules, folder);
  }

  async close(): Promise<void> {
    await this.#ledger.pool.end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * Loads, profiles and checks a dump. As in the staging layer, the dump joins the history only if every error that
   * stops
   * the run is accepted.
   */
  async take(
    { businessDate, chunks }: ArrivingDump,
    isAccepted: (finding: CheckResult) => boolean = () => false,
  ): Promise<CheckedDay> {
    this.#runs += 1;
    const runId = `${businessDate}-${this.#runs.toString(16).padStart(8, "0")}`;
    const { pool } = this.#ledger;
    await pool.query(
      `INSERT INTO run (run_id, business_date, state, requested_by, correlation_id, started_at)
        VALUES (?, ?, 'running', 'operator', 'request-1', UTC_TIMESTAMP(6))`,
      [runId, businessDate],
    );
    const file = join(this.#folder, "dump.sql");
    await writeFile(file, Buffer.concat(chunks));
    const schemas = schemasOf(this.#warehouse.schemaPrefix, "staging");
    const times = [performance.now()];
    const report = await loadAndPublish({ location: file, warehouse: this.#warehouse, schemas });
    times.push(performance.now());
    const tables = report.tables.map(({ name, contentHash, bytes, blanks, state }) => ({
      ...{ name, contentHash, bytes, blanks, schema: state === "empty-dropped" ? undefined : schemas.live },
    }));
    // a new store for each day, as in a function
    const store = new ProfileStore(pool);
    const ports = { warehouse: this.#warehouse, store, rules: this.rules, signal: AbortSignal.timeout(600_000) };
    const today = await profileDay({ runId, businessDate, tables }, ports);
    times.push(performance.now());
    const history = await store.history(businessDate, this.rules.limits.history_days);
    const results = judgeDay(today, history, this.rules);
    times.push(performance.now());
    await recordQuality(pool, { runId, layer: "staging", attempt: 1 }, results);
    const isPublished = results.every((result) => result.status !== "fail" || isAccepted(result));
    if (isPublished) await this.#markPublished(runId);
    const [start = 0, loaded = 0, profiled = 0, judged = 0] = times;
    return {
      ...{ businessDate, isPublished },
      findings: results.filter(({ status }) => status !== "pass"),
      passed: results.filter(({ status }) => status === "pass").length,
      ...{ loadMs: loaded - start, profileMs: profiled - loaded, judgeMs: judged - profiled },
    };
  }

  async #markPublished(runId: string): Promise<void> {
    await this.#ledger.pool.query(
      `INSERT INTO publication (run_id, layer, attempt, state, plan, intended_at, settled_at)
        VALUES (?, 'staging', 1, 'done', '{}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`,
      [runId],
    );
  }
}
