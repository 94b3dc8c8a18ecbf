import type { Pool } from "mysql2/promise";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";

/** Options of a ledger with a year of history. */
export interface SeedOptions {
  runs: number;
  /**
   * State of the newest run; earlier runs are mostly completed. `retrying` waits in silver for its third attempt,
   * `failed`
   * gave up in silver after four attempts, `blocked` was stopped in silver by a data test.
   */
  newest: NewestState;
  /** Business date of the newest run. */
  lastDay: string;
  seed?: number;
  /** Text for every name and message that can come from outside: tables, models, tests, dumps, errors. */
  outsideText?: string;
}

/** The available states of the newest run. */
type NewestState = "completed" | "running" | "retrying" | "failed" | "blocked";

const LAYERS = ["staging", "silver", "gold"];
const SILVER = ["stg_apartments", "stg_rooms", "stg_tenants", "stg_movings", "stg_inquiries", "int_contracts", "tenant_status_history"]; // prettier-ignore
const GOLD = ["daily_activity_summary", "new_contracts", "moveouts", "moveout_notices", "moveout_notices_monthly", "moveout_analysis", "moveout_summary", "tenant_status_transitions"]; // prettier-ignore
const SEEDS = ["code_affiliation_type", "code_contract_type", "code_gender", "code_moveout_reason", "code_personal_identity", "code_tenant_status"]; // prettier-ignore
const CORE = ["apartments", "rooms", "tenants", "movings", "inquiries", "m_nationalities"];
const STAGING = [...CORE, ...Array.from({ length: 66 }, (_, index) => `s_table_${String(index + 1).padStart(2, "0")}`)];

const TESTS = [...SILVER, ...GOLD].flatMap((model) =>
  Array.from({ length: 12 }, (_, index) => ({
    model,
    layer: SILVER.includes(model) ? "silver" : "gold",
    test: [`not_null_${model}`, `unique_${model}`, `accepted_values_${model}`][index % 3] + `_column_${index + 1}`,
    severity: index % 4 === 3 ? "warn" : "error",
  })),
);

type Row = readonly unknown[];

/** Fills an empty ledger with one run per day until `lastDay`; the same options give the same ledger. */
export async function seedLedger(pool: Pool, options: SeedOptions): Promise<{ newestRunId: string }> {
  const random = xoroshiro128plus(options.seed ?? 1);
  const between = (from: number, to: number): number => uniformInt(random, from, to);
  const rows: Record<"run" | "layer_run" | "attempt" | "step" | "quality_result" | "outbox" | "failure", Row[]> = {
    run: [],
    layer_run: [],
    attempt: [],
    step: [],
    quality_result: [],
    outbox: [],
    failure: [],
  };
  const outside = options.outsideText;
  const staging = outside === undefined ? STAGING : [...STAGING, outside];
  const gold = outside === undefined ? GOLD : [...GOLD, outside];
  const sizes = new Map(
    [...staging, ...SEEDS, ...SILVER, ...gold].map((table) => [table, between(10, SEEDS.includes(table) ? 40 : 60_000)]),
  );
  let newestRunId = "";
  const newestEnd = new Map<string, Date>();

  for (let back = options.runs - 1; back >= 0; back -= 1) {
    const day = new Date(Date.parse(options.lastDay) - back * 86_400_000).toISOString().slice(0, 10);
    const runId = `${day}-${between(0, 0x7fffffff).toString(16).padStart(8, "0")}`;
    newestRunId = runId;
    const isNewest = back === 0;
    const fate = isNewest ? options.newest : between(1, 60) === 1 ? "blocked" : "completed";
    const start = new Date(Date.parse(`${day}T07:00:00+09:00`) + between(0, 4_000));
    const dump = JSON.stringify({
      bucket: "baton", key: `dumps/gghouse_${day.replaceAll("-", "")}${isNewest ? (outside ?? "") : ""}.sql`, sha256: "0".repeat(64), bytes: between(930, 960) * 1e6,
      takenAt: new Date(start.getTime() - between(80, 95) * 60_000).toISOString(),
    }); // prettier-ignore
    const at = { value: start };
    const stopsIn = fate === "completed" ? undefined : isNewest ? "silver" : LAYERS[between(0, 2)];
    for (const layer of LAYERS) {
      const stops = layer === stopsIn;
      const usual = between(1, 25) === 1 ? 2 : 1;
      const tries = stops ? TRIES[fate] : usual;
      const began = new Date(at.value.getTime() + between(200, 1_500));
      at.value = began;
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        const started = new Date(at.value.getTime() + (attempt === 1 ? 0 : 60_000 * 1.5 ** (attempt - 2)));
        const isLast = attempt === tries;
        const state = !isLast ? "retrying" : stops ? STOPPED[fate] : "completed";
        const length = layer === "staging" ? between(85, 140) : layer === "silver" ? between(110, 170) : between(55, 110);
        const seconds = state === "completed" ? length : between(8, 40);
        const finished = state === "running" ? null : new Date(started.getTime() + seconds * 1_000 + between(0, 999));
        const error = state === "completed" || state === "running" ? null : errorOf(layer, isLast && fate === "blocked", between(0, 2), outside);
        if (error !== null) {
          const { kind, code, message, advice, retriable } = error.error;
          rows.failure.push([runId, layer, attempt, error.pattern, kind, code, message, advice ?? null, retriable ? 1 : 0, state === "failed" ? "dead-letter" : "retry", finished]);
        }
        rows.attempt.push([runId, layer, attempt, state, `m-${attempt}`, 1, started, finished, error?.pattern ?? null, error === null ? null : JSON.stringify(error.error)]);
        at.value = finished ?? started;
      }
      const state = stops ? STOPPED[fate] : "completed";
      const isOpen = state === "running" || state === "retrying";
      const tables = layer === "staging" ? staging : layer === "silver" ? [...SEEDS, ...SILVER] : gold;
      let total = 0;
      for (const table of tables) {
        const size = sizes.get(table) ?? 0;
        const isShrunk = isNewest && table === "s_table_07";
        const next = SEEDS.includes(table) ? size : Math.max(1, Math.round(size * (isShrunk ? 0.7 : 1 + between(-20, 45) / 10_000)));
        if (state === "completed") sizes.set(table, next);
        total += next;
        const kind = SEEDS.includes(table) ? "seed" : layer === "staging" ? "table" : "model";
        // a data test stops a layer only after all models are built
        const isFailed = stops && fate !== "blocked" && table === "int_contracts";
        if (stops && fate !== "blocked" && table === "tenant_status_history") continue;
        const stepState = isFailed ? (fate === "running" ? "running" : "failed") : kind === "table" && between(0, 2) > 0 ? "kept" : "completed";
        rows.step.push([runId, layer, table, table, kind, tries, stepState, isFailed ? null : next, next * 80, between(20, 9_000), null, null, at.value]);
      }
      for (const { test, model, severity } of TESTS.filter((candidate) => candidate.layer === layer)) {
        if (isOpen || (stops && fate === "failed")) continue;
        const isBroken = stops && isNewest && test === "unique_int_contracts_column_2";
        const warns = severity === "warn" && between(1, 400) === 1;
        rows.quality_result.push([runId, layer, tries, test, test, model, severity, isBroken ? "fail" : warns ? "warn" : "pass", isBroken ? 3 : warns ? between(1, 40) : 0, null, at.value]);
      }
      if (outside !== undefined && isNewest && !isOpen) {
        rows.quality_result.push([runId, layer, tries, outside, outside, outside, "warn", "warn", 1, outside, at.value]);
      }
      const stats = JSON.stringify({ tables: tables.length, rows: total, bytes: total * 80 });
      const last = rows.attempt.at(-1)?.at(-1);
      const next = state === "retrying" ? new Date(at.value.getTime() + 90_000) : null;
      rows.layer_run.push([runId, layer, state, tries, `e-${layer}`, began, began, at.value, isOpen ? null : at.value, next, state === "completed" ? stats : null, state === "completed" ? null : last]);
      rows.outbox.push([`${runId}-${layer}`.slice(-36), runId, "LayerCompleted", "{}", at.value, at.value]);
      if (state !== "completed") break;
      newestEnd.set(`${layer}\n${runId}\n${day}`, at.value);
    }
    const isUnderWay = fate === "running" || fate === "retrying";
    rows.run.push([runId, day, isUnderWay ? "running" : fate === "blocked" ? "failed" : fate, "schedule", `c-${runId}`, dump, start, isUnderWay ? null : at.value]);
  }

  await insert(pool, "run (run_id, business_date, state, requested_by, correlation_id, dump, started_at, finished_at)", rows.run);
  await insert(pool, "layer_run (run_id, layer, state, attempt, caused_by, started_at, claimed_at, heartbeat_at, finished_at, next_attempt_at, stats, error)", rows.layer_run);
  await insert(pool, "attempt (run_id, layer, attempt, state, message_id, connection_id, started_at, finished_at, pattern, error)", rows.attempt);
  await insert(pool, "step (run_id, layer, step_id, name, kind, attempt, state, row_count, byte_count, duration_ms, content_hash, message, recorded_at)", rows.step);
  await insert(pool, "quality_result (run_id, layer, attempt, test_id, test, model, severity, status, failures, message, recorded_at)", rows.quality_result);
  await insert(pool, "failure (run_id, layer, attempt, pattern, kind, code, message, advice, is_retriable, verdict, occurred_at)", rows.failure);
  await insert(pool, "outbox (event_id, run_id, detail_type, detail, created_at, published_at)", rows.outbox);
  for (const [key, endedAt] of newestEnd) {
    const [layer, runId, day] = key.split("\n");
    await pool.query("REPLACE INTO live_set (layer, run_id, business_date, published_at) VALUES (?, ?, ?, ?)", [layer, runId, day, endedAt]);
  }
  const goldRuns = [...newestEnd].filter(([key]) => key.startsWith("gold"));
  const last = goldRuns.slice(-3);
  await insert(pool, "backup (schema_name, backup_table, table_name, layer, run_id, set_run_id, taken_on, taken_at)", last.flatMap(([key, takenAt]) => {
    const [, runId, day] = key.split("\n");
    const [, before] = goldRuns[goldRuns.findIndex(([ofRun]) => ofRun === key) - 1]?.[0].split("\n") ?? [];
    return GOLD.map((table) => ["gold_backup", `${table}_backup_${String(day).replaceAll("-", "")}_070412`, table, "gold", runId, before ?? null, day, takenAt]);
  }));
  return { newestRunId };
} // prettier-ignore

/** Number of attempts of the newest layer, by state. */
const TRIES: Record<NewestState, number> = { completed: 1, running: 1, retrying: 2, failed: 4, blocked: 1 };
/** State of the newest layer and of its last attempt, by state of the run. */
const STOPPED: Record<NewestState, string> = {
  completed: "completed",
  running: "running",
  retrying: "retrying",
  failed: "failed",
  blocked: "failed",
};

function errorOf(layer: string, isBlocked: boolean, kind: number, outside: string | undefined) {
  if (isBlocked) {
    return {
      pattern: "QUALITY_TESTS_FAILED",
      error: {
        kind: "data",
        code: "QUALITY_TESTS_FAILED",
        message: `1 test of ${layer} failed: unique_int_contracts_column_2 (3 rows) ${outside ?? ""}`.trim(),
        retriable: false,
        advice: `The last good ${layer} stays live. Look: ./baton quality. Repair the data or the model, then: ./baton dlq replay ${layer}`,
      },
    };
  }
  const [pattern = "", code = "", text = ""] =
    [
      ["deadlock", "ER_LOCK_DEADLOCK", "Deadlock found when trying to get lock; try restarting transaction"],
      ["connection-lost", "ECONNRESET", "read ECONNRESET"],
      ["duplicate-key", "ER_DUP_ENTRY", "Duplicate entry 'Yamada Taro-090' for key 'tenants.PRIMARY'"],
    ][kind] ?? [];
  const message = outside === undefined ? text : `${text} ${outside}`;
  return {
    pattern,
    error: {
      kind: "database",
      code,
      message,
      retriable: true,
      advice: "Baton retries. If it continues: ./baton doctor",
    },
  };
}

const BATCH = 1_000;

async function insert(pool: Pool, into: string, rows: readonly Row[]): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH) {
    await pool.query(`INSERT INTO ${into} VALUES ?`, [rows.slice(from, from + BATCH)]);
  }
}
