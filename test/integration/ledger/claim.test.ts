/** @bothEngines */
import type { RowDataPacket } from "mysql2/promise";
import { businessDateSchema, runIdOf, runIdSchema } from "../../../events/ids.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import type { RunIdentity } from "../../../shared/ledger/claims/claim.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { completeAttempt, failAttempt, FenceLostError, type AttemptKey } from "../../../shared/ledger/claims/settle.ts";
import { publishPlan, type PublicationPlan } from "../../../shared/ledger/publication/publication.ts";
import { claimFor, type TestMessage } from "../../support/ledger/claim-for.ts";
import { DAY } from "../../support/ledger/event-builders.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const staging: LayerPolicy = { name: "staging", isLast: false, retries: 2, retryIntervalSeconds: 300, backoff: 2 };
const silver: LayerPolicy = { ...staging, name: "silver", listensTo: "staging", isLast: true };
const stats = { tables: 0, rows: 0, bytes: 0 };
const error = { kind: "database", code: "ER", message: "no", retriable: true };

describe("ledger", () => {
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
    const sha256 = runs.toString(16).padStart(8, "0").repeat(8);
    const runId = runIdOf(DAY, sha256);
    return { runId, businessDate: DAY, requestedBy: "operator", correlationId: "c", causationId: "e", dump: undefined };
  }
  async function claim(policy: LayerPolicy, run: RunIdentity, message?: TestMessage) {
    return claimFor(ledger.pool, policy, run, message);
  }
  function key(policy: LayerPolicy, run: RunIdentity, attempt: number): AttemptKey {
    return { runId: run.runId, layer: policy.name, attempt };
  }
  async function publish(policy: LayerPolicy, run: RunIdentity, attempt: number): Promise<void> {
    const plan: PublicationPlan = {
      businessDate: DAY,
      renames: [],
      stats,
      publishedTables: [],
      removedTables: [],
      backups: [],
      upstream: policy.listensTo,
      isLast: policy.isLast,
    };
    const connection = await ledger.pool.getConnection();
    try {
      await publishPlan(connection, key(policy, run, attempt), plan);
    } finally {
      connection.release();
    }
  }
  async function complete(policy: LayerPolicy, run: RunIdentity, attempt: number): Promise<void> {
    const outcome = { stats, events: [], completesRun: policy.isLast };
    await completeAttempt(ledger.pool, key(policy, run, attempt), outcome);
  }
  async function fail(policy: LayerPolicy, run: RunIdentity, attempt: number, retryAfterSeconds?: number) {
    const verdict = { error, pattern: "p", subjects: ["a_table"], databaseError: 1213 };
    const failed = { ...verdict, events: [], retryAfterSeconds, renewsBudget: false };
    await failAttempt(ledger.pool, key(policy, run, attempt), failed);
  }
  async function stateOf(run: RunIdentity): Promise<string | undefined> {
    const [[row]] = await ledger.pool.query<(RowDataPacket & { state: string })[]>(
      "SELECT state FROM run WHERE run_id = ?",
      [run.runId],
    );
    return row?.state;
  }

  it("starts the first attempt for the first message", async () => {
    expect(await claim(staging, newRun())).toMatchObject({ kind: "claimed", attempt: 1, isLastOfBudget: false });
  });

  it("answers a duplicate message that the layer is complete", async () => {
    const run = newRun();
    await claim(staging, run);
    await complete(staging, run, 1);

    expect(await claim(staging, run)).toEqual({ kind: "completed" });
  });

  it("treats a layer that is still recorded as running as dead, and counts its attempt", async () => {
    const run = newRun();
    await claim(staging, run);

    expect(await claim(staging, run)).toMatchObject({ kind: "claimed", attempt: 2 });
    await expect(complete(staging, run, 1)).rejects.toThrow(FenceLostError);
  });

  it("gives up after the first attempt and all retries were killed", async () => {
    const run = newRun();
    const claims: string[] = [];
    for (let n = 0; n < staging.retries + 2; n += 1) claims.push((await claim(staging, run)).kind);

    expect(claims).toEqual(["claimed", "claimed", "claimed", "exhausted"]);
  });

  it("lets a second copy of the message wait for the planned retry", async () => {
    const run = newRun();
    await claim(staging, run);
    await fail(staging, run, 1, 300);

    const second = await claim(staging, run);

    expect(second.kind).toBe("not-yet");
    expect(second).toMatchObject({ retryAfterSeconds: expect.closeTo(300, -1) as number });
  });

  it("ignores a late copy after the layer failed, and starts a new budget on a replay or a redrive", async () => {
    const run = newRun();
    await claim(staging, run);
    await fail(staging, run, 1);

    expect(await stateOf(run)).toBe("failed");
    expect(await claim(staging, run)).toEqual({ kind: "ended", state: "failed" });
    const replayed = await claim(staging, run, { replayId: "replay-1" });
    expect(replayed).toMatchObject({ kind: "claimed", attempt: 2, attemptOfBudget: 1 });
    expect(await stateOf(run)).toBe("running");
    await fail(staging, run, 2);
    expect(await claim(staging, run, { replayId: "replay-1" })).toEqual({ kind: "ended", state: "failed" });
    const redriven = await claim(staging, run, { sentAt: new Date(Date.now() + 60_000) });
    expect(redriven).toMatchObject({ kind: "claimed", attempt: 3, attemptOfBudget: 1 });
  });

  it("refuses a layer whose upstream has the tables of a newer run", async () => {
    const older = newRun();
    const newer = newRun();
    for (const run of [older, newer]) {
      await claim(staging, run);
      await publish(staging, run, 1);
      await complete(staging, run, 1);
    }

    expect(await claim(silver, older)).toEqual({ kind: "superseded", by: newer.runId });
    expect(await stateOf(older)).toBe("superseded");
    expect(await claim(silver, newer)).toMatchObject({ kind: "claimed" });
  });

  it("does not let an older run replace a newer one", async () => {
    const older = newRun();
    const newer = newRun();
    await claim(staging, older);
    await claim(staging, newer);
    await publish(staging, newer, 1);

    expect(await claim(staging, older)).toEqual({ kind: "superseded", by: newer.runId });
  });

  it("replaces a newer date only when it is forced", async () => {
    await ledger.pool.query("UPDATE run SET state = 'failed', finished_at = UTC_TIMESTAMP(6) WHERE state = 'running'");
    const today = newRun();
    for (const policy of [staging, silver]) {
      await claim(policy, today);
      await publish(policy, today, 1);
      await complete(policy, today, 1);
    }
    const dayBefore = businessDateSchema.parse("2026-02-06");
    const older = { ...newRun(), businessDate: dayBefore };

    expect(await claim(staging, older)).toEqual({ kind: "ended", state: "superseded" });
    const forced = { ...newRun(), businessDate: dayBefore, isForced: true };
    expect(await claim(staging, forced)).toMatchObject({ kind: "claimed", isForced: true });
    await fail(staging, forced, 1);
  });

  it("allows a run from a layer only the live tables of its own date and dump", async () => {
    const run = newRun();
    await claim(staging, run);
    await publish(staging, run, 1);
    await complete(staging, run, 1);
    const again = { ...run, runId: runIdSchema.parse(`${run.runId}-r1`), fromLayer: "silver" };

    expect(await claim(staging, again)).toMatchObject({ kind: "claimed", passesThrough: true });
    expect(await claim(silver, again)).toMatchObject({ kind: "claimed", passesThrough: false });
    expect(await claim(silver, run)).toEqual({ kind: "superseded", by: again.runId });
    const refused = await claim(silver, { ...newRun(), fromLayer: "silver" });
    expect(refused).toMatchObject({ kind: "refused", error: { code: "UPSTREAM_OTHER_DATE" } });
  });

  it("stops a publication when a newer run replaced its input", async () => {
    const older = newRun();
    await claim(staging, older);
    await publish(staging, older, 1);
    await complete(staging, older, 1);
    await claim(silver, older);
    const newer = newRun();
    await claim(staging, newer);
    await publish(staging, newer, 1);

    await expect(publish(silver, older, 1)).rejects.toMatchObject({ name: "SupersededError", by: newer.runId });
  });
});

describe("target identity", () => {
  it("refuses a different warehouse before anything is written", async () => {
    const warehouse = testWarehouse();
    try {
      const opening = openLedger(warehouse.config, { fingerprints: { "the event": "0123456789abcdef" } });

      await expect(opening).rejects.toMatchObject({ code: "TARGET_MISMATCH" });
      const [schemas] = await warehouse.pool.query<RowDataPacket[]>(
        "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?",
        [`${warehouse.prefix}pipeline`],
      );
      expect(schemas).toEqual([]);
    } finally {
      await warehouse.dispose();
    }
  });

  it("refuses a warehouse whose identity row was created on another server", async () => {
    const warehouse = testWarehouse();
    try {
      const ledger = await openLedger(warehouse.config, {});
      await ledger.pool.query(
        "UPDATE target SET server_identity = 'server_uid=another', members = '[\"server_uid=another\"]'",
      );
      await ledger.pool.end();

      await expect(openLedger(warehouse.config, {})).rejects.toMatchObject({ code: "TARGET_MOVED" });
    } finally {
      await warehouse.dispose();
    }
  });

  it("does not change between openings", async () => {
    const warehouse = testWarehouse();
    try {
      const [first, second] = [await openLedger(warehouse.config, {}), await openLedger(warehouse.config, {})];
      await first.pool.end();
      await second.pool.end();

      expect(second.target.fingerprint).toBe(first.target.fingerprint);
    } finally {
      await warehouse.dispose();
    }
  });
});
