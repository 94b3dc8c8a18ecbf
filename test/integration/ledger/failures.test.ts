import { runIdOf } from "../../../events/ids.ts";
import type { RunIdentity } from "../../../shared/ledger/claims/claim.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { failuresOfRun, newestFailures } from "../../support/ledger/recorded-failures.ts";
import { recordFailure, type Failure } from "../../../shared/ledger/claims/record-failure.ts";
import { failAttempt } from "../../../shared/ledger/claims/settle.ts";
import { DAY } from "../../support/ledger/event-builders.ts";
import { claimFor } from "../../support/ledger/claim-for.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const policy = { name: "silver", isLast: true, retries: 1, retryIntervalSeconds: 60, backoff: 1.5 };
const deadlock = {
  pattern: "deadlock",
  error: { kind: "database", code: "ER_LOCK_DEADLOCK", message: "Deadlock found", retriable: true, advice: "wait" },
  subjects: ["stg_rooms", "int_contracts"],
  databaseError: 1213,
};

describe("failures in the ledger", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;
  let runs = 0;

  beforeAll(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
  });
  afterAll(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  function newRun(): RunIdentity {
    runs += 1;
    const runId = runIdOf(DAY, runs.toString(16).padStart(8, "0").repeat(8));
    return { runId, businessDate: DAY, requestedBy: "operator", correlationId: "c", causationId: "e", dump: undefined };
  }
  async function claim(run: RunIdentity) {
    return claimFor(ledger.pool, policy, run);
  }
  async function fail(run: RunIdentity, attempt: number, retryAfterSeconds?: number): Promise<void> {
    const key = { runId: run.runId, layer: "silver", attempt };
    await failAttempt(ledger.pool, key, { ...deadlock, events: [], retryAfterSeconds, renewsBudget: false });
  }

  it("are one row per attempt, with pattern, subject, database error and verdict", async () => {
    const run = newRun();
    await claim(run);
    await fail(run, 1, 0);
    await claim(run);
    await fail(run, 2);

    const failures = await failuresOfRun(ledger.pool, run.runId);

    expect(failures.map(({ attempt, verdict }) => [attempt, verdict])).toEqual([
      [1, "retry"],
      [2, "dead-letter"],
    ]);
    expect(failures[0]).toMatchObject({
      layer: "silver",
      pattern: "deadlock",
      kind: "database",
      code: "ER_LOCK_DEADLOCK",
      subjects: ["int_contracts", "stg_rooms"],
      databaseError: 1213,
      message: "Deadlock found",
      advice: "wait",
      isRetriable: true,
    });
    expect(failures[0]?.occurredAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it("include a killed attempt when the next one starts", async () => {
    const run = newRun();
    await claim(run);
    await claim(run);

    expect(await failuresOfRun(ledger.pool, run.runId)).toEqual([
      expect.objectContaining({ attempt: 1, pattern: "interrupted", code: "INTERRUPTED", verdict: "retry" }),
    ]);
  });

  it("contain whole names and the beginning of long texts", async () => {
    const subjects = Array.from({ length: 100 }, (_, n) => `model_${String(n).padStart(3, "0")}`);
    const error = { ...deadlock.error, message: "x".repeat(100_000) };
    const failure: Failure = {
      ...deadlock,
      ...{ error, subjects, runId: undefined, layer: "gold", attempt: 0, verdict: "retry" },
    };
    await recordFailure(ledger.pool, failure);

    const [recorded] = await newestFailures(ledger.pool, 1);

    expect(recorded).toMatchObject({ runId: null, attempt: 0 });
    expect(recorded?.message).toHaveLength(8_000);
    for (const name of recorded?.subjects ?? []) expect(subjects).toContain(name);
  });
});
