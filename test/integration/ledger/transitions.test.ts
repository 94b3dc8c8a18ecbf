import fc from "fast-check";
import type { RowDataPacket } from "mysql2/promise";
import { runIdOf } from "../../../events/ids.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import { SupersededError } from "../../../shared/errors/superseded-error.ts";
import type { RunIdentity } from "../../../shared/ledger/claims/claim.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { findPublished, publishPlan } from "../../../shared/ledger/publication/publication.ts";
import { completeAttempt, failAttempt, FenceLostError, type AttemptKey } from "../../../shared/ledger/claims/settle.ts";
import { DAY } from "../../support/ledger/event-builders.ts";
import { claimFor } from "../../support/ledger/claim-for.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const staging: LayerPolicy = { name: "staging", isLast: false, retries: 2, retryIntervalSeconds: 300, backoff: 2 };
const silver: LayerPolicy = { ...staging, name: "silver", listensTo: "staging", isLast: true };
const POLICIES = [staging, silver];
const RUNS = 3;
const stats = { tables: 0, rows: 0, bytes: 0 };
const error = { kind: "database", code: "ER", message: "no", retriable: true };

/** Possible next steps: a message arrives, or any attempt that was ever claimed takes an action. */
type Step =
  | { kind: "deliver"; run: number; policy: LayerPolicy; isReplay: boolean }
  | { kind: "publish" | "complete" | "retry" | "give up"; claim: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("deliver" as const),
    run: fc.nat(RUNS - 1),
    policy: fc.constantFrom(...POLICIES),
    isReplay: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("publish", "complete", "retry", "give up"), claim: fc.nat(30) }),
);

interface Claimed {
  run: number;
  policy: LayerPolicy;
  attempt: number;
}

interface LayerRow extends RowDataPacket {
  run_id: string;
  layer: string;
  state: string;
  attempt: number;
}

/** The ledger's own functions, called in random order: by zombies, and by messages that arrive late, twice or never. */
describe("the ledger, for any order of operations,", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;

  beforeAll(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
  });
  afterAll(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  const runIds = Array.from({ length: RUNS }, (_, n) => runIdOf(DAY, (n + 1).toString(16).padStart(8, "0").repeat(8)));
  function identityOf(run: number): RunIdentity {
    const runId = runIds[run];
    if (runId === undefined) throw new TypeError(`there is no run ${run}`);
    return { runId, businessDate: DAY, requestedBy: "operator", correlationId: "c", causationId: "e", dump: undefined };
  }
  const keyOf = ({ run, policy, attempt }: Claimed): AttemptKey => ({
    runId: identityOf(run).runId,
    layer: policy.name,
    attempt,
  });

  async function layers(): Promise<Map<string, LayerRow>> {
    const [rows] = await ledger.pool.query<LayerRow[]>("SELECT run_id, layer, state, attempt FROM layer_run");
    return new Map(rows.map((row) => [`${row.run_id} ${row.layer}`, row]));
  }
  /** The sequence number of the live run, in the order in which runs were first seen; by layer. */
  async function liveSets(): Promise<Map<string, { seq: number; runId: string }>> {
    const [rows] = await ledger.pool.query<(RowDataPacket & { layer: string; seq: number; run_id: string })[]>(
      "SELECT live_set.layer, run.seq, run.run_id FROM live_set JOIN run USING (run_id)",
    );
    return new Map(rows.map(({ layer, seq, run_id: runId }) => [layer, { seq: Number(seq), runId }]));
  }

  async function act(claimed: Claimed, kind: "publish" | "complete" | "retry" | "give up"): Promise<void> {
    const key = keyOf(claimed);
    const { pool } = ledger;
    const failed = { error, pattern: "p", subjects: [], databaseError: undefined, events: [], renewsBudget: false };
    switch (kind) {
      case "complete":
        return completeAttempt(pool, key, { stats, events: [], completesRun: claimed.policy.isLast });
      case "retry":
        return failAttempt(pool, key, { ...failed, retryAfterSeconds: 0 });
      case "give up":
        return failAttempt(pool, key, { ...failed, retryAfterSeconds: undefined });
      case "publish": {
        const connection = await pool.getConnection();
        const nothing = { renames: [], publishedTables: [], removedTables: [], backups: [] };
        try {
          const upstream = claimed.policy.listensTo;
          return await publishPlan(connection, key, {
            ...nothing,
            businessDate: DAY,
            stats,
            upstream,
            isLast: claimed.policy.isLast,
          });
        } finally {
          connection.release();
        }
      }
    }
  }

  /** Applies one history to the ledger; throws if a guarantee is broken. */
  async function live(history: readonly Step[]): Promise<void> {
    for (const table of ["live_set", "publication", "failure", "attempt", "layer_run", "outbox", "run"]) {
      await ledger.pool.query(`DELETE FROM ${table}`);
    }
    const claims: Claimed[] = [];
    /** Claims within the current budget, by run and layer. */
    const budget = new Map<string, number>();
    /** The holder of the layer's lock: only its connection can publish. */
    const holder = new Map<string, Claimed>();
    let replays = 0;

    for (const next of history) {
      const before = await layers();
      const setsBefore = await liveSets();
      if (next.kind === "deliver") {
        const name = `${runIds[next.run] ?? ""} ${next.policy.name}`;
        if (next.isReplay) replays += 1;
        const replayId = next.isReplay ? `r${replays}` : undefined;
        const answer = await claimFor(ledger.pool, next.policy, identityOf(next.run), { replayId });
        if (answer.kind === "refused") expect(answer.error.code).toBe("UPSTREAM_NOT_LIVE");
        if (answer.kind === "claimed" || answer.kind === "refused") {
          expect(answer.attempt).toBe((before.get(name)?.attempt ?? 0) + 1);
          const claimed = { run: next.run, policy: next.policy, attempt: answer.attempt };
          claims.push(claimed);
          holder.set(next.policy.name, claimed);
          budget.set(name, next.isReplay ? 1 : (budget.get(name) ?? 0) + 1);
          expect(budget.get(name)).toBeLessThanOrEqual(next.policy.retries + 1);
        }
        // silver is built only from its own run's staging tables
        if (answer.kind === "claimed" && next.policy === silver) {
          expect(setsBefore.get("staging")?.runId).toBe(runIds[next.run]);
        }
      } else {
        const claimed = claims[next.claim % Math.max(1, claims.length)];
        if (claimed === undefined) continue;
        const { runId, layer, attempt } = keyOf(claimed);
        // the runtime first checks what its run has published, and publishes on the lock's connection
        const mayPublish =
          holder.get(layer) === claimed && (await findPublished(ledger.pool, runId, layer)) === undefined;
        if (next.kind === "publish" && !mayPublish) continue;
        const row = before.get(`${runId} ${layer}`);
        const mayAct = row?.state === "running" && row.attempt === attempt;
        const refusal: unknown = await act(claimed, next.kind).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (mayAct) expect(refusal === undefined || refusal instanceof SupersededError).toBe(true);
        else expect(refusal).toBeInstanceOf(FenceLostError);
        if (refusal !== undefined) {
          expect(await layers()).toEqual(before);
          expect(await liveSets()).toEqual(setsBefore);
        }
      }
      await expectPromises(before, setsBefore);
    }
  }

  async function expectPromises(
    before: ReadonlyMap<string, LayerRow>,
    setsBefore: ReadonlyMap<string, { seq: number }>,
  ): Promise<void> {
    const after = await layers();
    for (const [name, row] of before) {
      expect(after.get(name)?.attempt).toBeGreaterThanOrEqual(row.attempt);
      if (row.state === "completed") expect(after.get(name)?.state).toBe("completed");
    }
    const sets = await liveSets();
    for (const [layer, { seq }] of setsBefore) expect(sets.get(layer)?.seq).toBeGreaterThanOrEqual(seq);
    const [doubles] = await ledger.pool.query<RowDataPacket[]>(
      "SELECT run_id, layer FROM attempt WHERE state = 'running' GROUP BY run_id, layer HAVING COUNT(*) > 1",
    );
    expect(doubles).toEqual([]);
  }

  it("ignores dead attempts, completes once, keeps its limits of attempts and never returns to an older set", async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), live), { numRuns: 40, seed: 7 });
  }, 120_000);
});
