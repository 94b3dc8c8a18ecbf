import fc from "fast-check";
import type { RowDataPacket } from "mysql2/promise";
import { buildEvent } from "../../../events/build-event.ts";
import { businessDateSchema, runIdOf, type BusinessDate } from "../../../events/ids.ts";
import type { Detail, EventData } from "../../../events/schemas.ts";
import type { LayerPolicy } from "../../../shared/config/layer-table.ts";
import { SupersededError } from "../../../shared/errors/superseded-error.ts";
import { YieldError } from "../../../shared/errors/yield-error.ts";
import { cancelRun } from "../../../shared/ledger/claims/cancel-run.ts";
import { claimLayer, type RunIdentity } from "../../../shared/ledger/claims/claim.ts";
import { endHungRuns } from "../../../shared/ledger/claims/end-hung-runs.ts";
import {
  completeAttempt,
  failAttempt,
  FenceLostError,
  supersedeAttempt,
  yieldAttempt,
  type AttemptKey,
} from "../../../shared/ledger/claims/settle.ts";
import { takeTurn, type TurnRequest } from "../../../shared/ledger/claims/take-turn.ts";
import { wakeQuietRuns } from "../../../shared/ledger/claims/wake-quiet-runs.ts";
import { readGaps } from "../../../shared/ledger/reads/read-gaps.ts";
import { newestCheckedRun } from "../../../shared/ledger/reads/read-quality.ts";
import { listRuns, readStatus } from "../../../shared/ledger/reads/read-status.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { findPublished, publishPlan } from "../../../shared/ledger/publication/publication.ts";
import { recordQuality, type RecordedTest } from "../../../shared/ledger/records/quality.ts";
import { exampleEvent, examples } from "../../support/ledger/event-builders.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const staging: LayerPolicy = { name: "staging", isLast: false, retries: 2, retryIntervalSeconds: 300, backoff: 2 };
const gold: LayerPolicy = { ...staging, name: "gold", listensTo: "staging", isLast: true };
const POLICIES = [staging, gold];
const DATES = ["2026-02-10", "2026-02-11", "2026-02-12"].map((date) => businessDateSchema.parse(date));
const stats = { tables: 0, rows: 0, bytes: 0 };
const failedTest: RecordedTest = {
  ...{ id: "t", name: "t", model: "m", severity: "error", status: "fail", failures: 1 },
};
const error = { kind: "database", code: "ER", message: "no", retriable: true };

interface Message {
  policy: LayerPolicy;
  date: BusinessDate;
  sentAt: Date;
  emittedAt: Date;
  replayId?: string;
  request?: TurnRequest["request"];
}

/** A row of the toy history: a date and the previously published date. */
interface Day {
  date: BusinessDate;
  previous: BusinessDate | undefined;
}

interface Attempt {
  message: Message;
  key: AttemptKey;
  isLastOfBudget: boolean;
  built: Day[] | undefined;
}

type Action = "request" | "deliver" | "publish" | "complete" | "retry" | "give up" | "kill" | "lose" | "replay";

/** The queues, the attempts and the published history around the real ledger. */
class World {
  readonly queue: Message[] = [];
  readonly dlq: Message[] = [];
  /** At most one attempt per layer, because of its lock. */
  readonly attempts = new Map<string, Attempt>();
  history: Day[] = [];
  readonly requested = new Set<BusinessDate>();
  /** Dates that were requested, or requested again, after a later date was published. */
  readonly late = new Set<BusinessDate>();
  readonly #ledger: OpenLedger;
  #replays = 0;

  constructor(ledger: OpenLedger) {
    this.#ledger = ledger;
  }

  identityOf(date: BusinessDate): RunIdentity {
    const runId = runIdOf(date, date.replaceAll("-", "").repeat(8));
    const dump = examples.PipelineCompleted.dump;
    return { runId, businessDate: date, requestedBy: "operator", correlationId: "c", causationId: "e", dump };
  }

  request(date: BusinessDate, more: Partial<EventData<"PipelineRequested">> = {}): void {
    const emittedAt = new Date();
    const { runId, correlationId, causationId } = this.identityOf(date);
    const context = { runId, stage: "local", correlationId, causationId, emittedAt };
    const data = { requestedBy: "operator" as const, businessDate: date, ...more };
    const request = buildEvent("PipelineRequested", context, data).detail;
    this.queue.push({ policy: staging, date, sentAt: emittedAt, emittedAt, request });
    this.requested.add(date);
  }

  replay(index: number): void {
    const [message] = this.dlq.splice(index % Math.max(1, this.dlq.length), 1);
    if (message === undefined) return;
    this.#replays += 1;
    this.queue.push({ ...message, replayId: `replay-${this.#replays}` });
  }

  #noteLate(date: BusinessDate): void {
    if (this.history.some((day) => day.date > date)) this.late.add(date);
  }

  /** Processes one message until its attempt is claimed. */
  async deliver(index: number): Promise<void> {
    const message = this.queue[index % Math.max(1, this.queue.length)];
    if (message === undefined) return;
    const { policy, date, sentAt, emittedAt, replayId, request } = message;
    const { pool } = this.#ledger;
    const identity = this.identityOf(date);
    if (request !== undefined || replayId !== undefined) this.#noteLate(date);
    const turn = await takeTurn(pool, { policy, identity, message: { sentAt, emittedAt, replayId }, request });
    if (turn.kind === "active" && this.attempts.has(policy.name)) return;
    this.queue.splice(this.queue.indexOf(message), 1);
    const answer =
      turn.kind === "active" ? await claimLayer(pool, policy, identity, { messageId: "m", replayId }, 1) : turn;
    const attemptOf = (attempt: number, isLastOfBudget = false): Attempt => {
      const key = { runId: identity.runId, layer: policy.name, attempt };
      const previous = this.history.filter((day) => day.date < date);
      return { message, key, isLastOfBudget, built: [...previous, { date, previous: previous.at(-1)?.date }] };
    };
    if (answer.kind === "claimed") this.attempts.set(policy.name, attemptOf(answer.attempt, answer.isLastOfBudget));
    if (answer.kind === "exhausted" || answer.kind === "refused") {
      this.dlq.push(message);
      await this.#fail(attemptOf(answer.attempt).key, undefined);
    }
    if (answer.kind === "not-yet") this.queue.push(message);
    await this.publishOutbox();
  }

  /** Applies an action to the attempt of a layer. */
  async act(layer: string, action: Action): Promise<void> {
    const attempt = this.attempts.get(layer);
    if (attempt === undefined) return;
    const { key, message } = attempt;
    try {
      await this.#actOn(attempt, action === "retry" && attempt.isLastOfBudget ? "give up" : action);
    } catch (thrown) {
      this.attempts.delete(layer);
      if (thrown instanceof YieldError) await yieldAttempt(this.#ledger.pool, key);
      else if (thrown instanceof SupersededError) await supersedeAttempt(this.#ledger.pool, key, thrown.by);
      else if (thrown instanceof FenceLostError) this.queue.push(message);
      else throw thrown;
    }
    await this.publishOutbox();
  }

  async #actOn(attempt: Attempt, action: Action): Promise<void> {
    const { key, message } = attempt;
    const { pool } = this.#ledger;
    const isLast = message.policy.isLast;
    switch (action) {
      case "publish":
        return this.#publish(attempt);
      case "complete": {
        await this.#publish(attempt);
        const context = { runId: this.identityOf(message.date).runId, stage: "local" };
        const event = exampleEvent("LayerCompleted", { layer: key.layer, businessDate: message.date }, context.runId);
        await completeAttempt(pool, key, { stats, events: isLast ? [] : [event], completesRun: isLast });
        this.attempts.delete(key.layer);
        return;
      }
      case "retry":
        await this.#fail(key, 0);
        this.queue.push(message);
        break;
      case "give up":
        this.dlq.push(message);
        await this.#fail(key, undefined);
        break;
      default:
        // the function is killed: its message becomes visible again
        this.queue.push(message);
    }
    this.attempts.delete(key.layer);
  }

  async #publish({ key, message, built }: Attempt): Promise<void> {
    if ((await findPublished(this.#ledger.pool, key.runId, key.layer)) !== undefined) return;
    const connection = await this.#ledger.pool.getConnection();
    const { listensTo: upstream, isLast } = message.policy;
    const nothing = { renames: [], publishedTables: [], removedTables: [], backups: [] };
    try {
      await publishPlan(connection, key, { ...nothing, businessDate: message.date, stats, upstream, isLast });
    } finally {
      connection.release();
    }
    if (isLast && built !== undefined) this.history = built;
  }

  async #fail(key: AttemptKey, retryAfterSeconds: number | undefined): Promise<void> {
    const failed = { error, pattern: "p", subjects: [], databaseError: undefined, events: [], renewsBudget: false };
    await failAttempt(this.#ledger.pool, key, { ...failed, retryAfterSeconds });
  }

  /** Moves the events in the outbox to the queues. */
  async publishOutbox(): Promise<void> {
    const [events] = await this.#ledger.pool.query<(RowDataPacket & { detail_type: string; detail: unknown })[]>(
      "SELECT detail_type, detail FROM outbox WHERE published_at IS NULL ORDER BY seq",
    );
    if (events.length === 0) return;
    await this.#ledger.pool.query("UPDATE outbox SET published_at = UTC_TIMESTAMP(6) WHERE published_at IS NULL");
    for (const { detail_type: type, detail: stored } of events) {
      // written by the test and the ledger
      const detail = (typeof stored === "string" ? JSON.parse(stored) : stored) as Detail<"PipelineRequested">;
      const date = detail.data.businessDate;
      if (date === undefined) throw new TypeError("an event without a business date");
      const message = { date, sentAt: new Date(), emittedAt: new Date(detail.metadata.emittedAt) };
      if (type === "PipelineRequested") this.queue.push({ ...message, policy: staging, request: detail });
      if (type === "LayerCompleted") this.queue.push({ ...message, policy: gold });
    }
  }

  /**
   * Lets everything succeed, restarts runs whose message is lost, and requests failed dates again if their DLQ message
   * was lost during its replay, until no work is left.
   */
  async settle(): Promise<void> {
    for (let quietRounds = 0; quietRounds < 2;) {
      while (this.queue.length + this.attempts.size + this.dlq.length > 0) {
        for (const { name } of POLICIES) await this.act(name, "complete");
        if (this.queue.length > 0) await this.deliver(0);
        else this.replay(0);
      }
      const woken = await wakeQuietRuns(this.#ledger.pool, 0);
      await this.publishOutbox();
      const [failed] = await this.#ledger.pool.query<(RowDataPacket & { business_date: string })[]>(
        "SELECT business_date FROM run WHERE state = 'failed'",
      );
      for (const { business_date } of failed) this.request(businessDateSchema.parse(business_date));
      quietRounds = woken.length === 0 && this.queue.length === 0 ? quietRounds + 1 : 0;
    }
  }
}

const actions: fc.Arbitrary<{ action: Action; n: number }[]> = fc.array(
  fc.record({
    action: fc.constantFrom<Action[]>(
      ...(["request", "request", "deliver", "deliver", "deliver", "publish", "complete", "complete"] as const),
      ...(["retry", "give up", "kill", "lose", "replay"] as const),
    ),
    n: fc.nat(11),
  }),
  { minLength: 12, maxLength: 30 },
);

describe("runs take their turn:", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;
  let world: World;

  beforeAll(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
  });
  afterAll(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });
  beforeEach(reset);

  async function reset(): Promise<void> {
    for (const table of ["live_set", "publication", "failure", "attempt", "layer_run", "outbox", "run"]) {
      await ledger.pool.query(`DELETE FROM ${table}`);
    }
    world = new World(ledger);
  }
  async function runStates(): Promise<Record<string, string>> {
    const [rows] = await ledger.pool.query<(RowDataPacket & { business_date: string; state: string })[]>(
      "SELECT business_date, state FROM run ORDER BY business_date",
    );
    return Object.fromEntries(rows.map(({ business_date, state }) => [business_date, state]));
  }
  async function play(steps: readonly { action: Action; n: number }[]): Promise<void> {
    for (const { action, n } of steps) {
      const date = DATES[n % DATES.length];
      if (action === "request" && date !== undefined && !world.requested.has(date)) world.request(date);
      else if (action === "deliver") await world.deliver(n);
      else if (action === "replay") world.replay(n);
      else if (action === "lose") world.queue.splice(n % Math.max(1, world.queue.length), 1);
      else if (action !== "request") await world.act(n % 2 === 0 ? "staging" : "gold", action);
      const [active] = await ledger.pool.query<RowDataPacket[]>("SELECT run_id FROM run WHERE state = 'running'");
      expect(active.length).toBeLessThanOrEqual(1);
    }
  }

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])(
    "three dates requested at once, arriving in the order %j, give the same history as one by one",
    async (order) => {
      for (const n of order) world.request(dateOf(n));
      for (const n of order.keys()) await world.deliver(Math.max(0, n - order.length + world.queue.length));
      await world.settle();

      expect(Object.values(await runStates())).toEqual(["completed", "completed", "completed"]);
      expect(world.history).toEqual(DATES.map((date, n) => ({ date, previous: DATES[n - 1] })));
    },
  );

  it("no date is lost or duplicated for any order of requests, failures, kills, replays and lost messages", async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        await reset();
        await play(steps);
        await world.settle();

        const states = Object.entries(await runStates());
        for (const [date, state] of states) {
          // a date may remain unpublished only if it was requested after a later date was published
          if (!world.late.has(businessDateSchema.parse(date))) expect(`${date} ${state}`).toBe(`${date} completed`);
          expect(["completed", "superseded"]).toContain(state);
        }
        const completed = states.flatMap(([date, state]) => (state === "completed" ? [date] : []));
        expect(world.history).toEqual(completed.map((date, n) => ({ date, previous: completed[n - 1] })));
        const gaps = states.flatMap(([date]) =>
          !completed.includes(date) && date < (completed.at(-1) ?? "") ? [date] : [],
        );
        expect([...(await readGaps(ledger.pool))].sort()).toEqual(gaps.map((date) => [date, ["gold"]]));
      }),
      { numRuns: 100, seed: 13 },
    );
  }, 300_000);

  it("every run ends, from every reachable state, even when all messages are lost", async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        await reset();
        await play(steps);
        world.attempts.clear();
        const limits = { turnSeconds: 3_600, abandonedSeconds: 0, stage: "local", layers: ["staging", "gold"] };
        for (const _ of DATES) {
          world.queue.length = 0;
          await endHungRuns(ledger.pool, limits);
          await world.publishOutbox();
        }

        const states = await runStates();
        expect(Object.values(states).filter((state) => ["waiting", "running"].includes(state))).toEqual([]);
        const [layers] = await ledger.pool.query<RowDataPacket[]>(
          "SELECT run_id FROM layer_run JOIN run USING (run_id) WHERE layer_run.state IN ('running', 'retrying')",
        );
        expect(layers).toEqual([]);
      }),
      { numRuns: 30, seed: 20 },
    );
  }, 300_000);

  it("a run that is active for too long fails when another one waits, and only then", async () => {
    const limits = { turnSeconds: 3_600, abandonedSeconds: 86_400, stage: "local", layers: ["staging", "gold"] };
    world.request(dateOf(0));
    await world.deliver(0);
    await ledger.pool.query("UPDATE run SET turn_started_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR");

    expect(await endHungRuns(ledger.pool, limits)).toEqual([]);
    world.request(dateOf(1));
    await world.deliver(0);
    const [ended] = await endHungRuns(ledger.pool, limits);

    expect(ended).toMatchObject({ runId: world.identityOf(dateOf(0)).runId, error: { code: "TURN_EXPIRED" } });
    expect(await runStates()).toEqual({ [dateOf(0)]: "failed", [dateOf(1)]: "running" });
    const [events] = await ledger.pool.query("SELECT detail_type FROM outbox ORDER BY seq");
    expect(events).toEqual([{ detail_type: "LayerFailed" }, { detail_type: "PipelineRequested" }]);
    await world.act("staging", "publish");
    expect(world.attempts.size).toBe(0);
  });

  it("a cancelled run publishes nothing, the next one starts, and a new request continues it", async () => {
    world.request(dateOf(0));
    world.request(dateOf(1));
    await world.deliver(0);
    await world.deliver(0);
    const { runId } = world.identityOf(dateOf(0));

    expect(await cancelRun(ledger.pool, runId, "gold")).toBe("running");
    await world.act("staging", "complete");
    expect(await runStates()).toEqual({ [dateOf(0)]: "cancelled", [dateOf(1)]: "running" });
    await expect(cancelRun(ledger.pool, runId, "gold")).rejects.toMatchObject({ code: "RUN_ENDED" });
    expect(await cancelRun(ledger.pool, world.identityOf(dateOf(1)).runId, "gold")).toBe("running");
    await world.settle();
    expect(world.history).toEqual([]);

    world.request(dateOf(0));
    await world.settle();
    expect(world.history).toEqual([{ date: dateOf(0), previous: undefined }]);
  });

  it("the newest run is the one that started last, whatever was requested or cancelled after it", async () => {
    const newest = async (): Promise<(string | undefined)[]> => [
      (await readStatus(ledger.pool, undefined, []))?.run.businessDate,
      (await newestCheckedRun(ledger.pool))?.slice(0, 10),
    ];
    /** Ends the running date with a failed test. */
    const fail = async (date: BusinessDate): Promise<void> => {
      const { runId } = world.identityOf(date);
      await recordQuality(ledger.pool, { runId, layer: "staging", attempt: 1 }, [failedTest]);
      await world.act("staging", "give up");
      await world.deliver(0);
    };
    for (const date of [dateOf(1), dateOf(2), dateOf(0)]) {
      world.request(date);
      await world.deliver(0);
    }

    expect(await newest()).toEqual([dateOf(1), undefined]);
    await fail(dateOf(1));
    expect(await newest()).toEqual([dateOf(0), dateOf(1)]);
    await fail(dateOf(0));
    expect(await newest()).toEqual([dateOf(2), dateOf(0)]);
    await cancelRun(ledger.pool, world.identityOf(dateOf(2)).runId, "gold");
    world.request(dateOf(0));
    await world.deliver(0);
    expect(await newest()).toEqual([dateOf(0), dateOf(0)]);
  });

  it("a failed date is a gap once a later date is published", async () => {
    const missing = async (): Promise<unknown> =>
      (await listRuns(ledger.pool, 9)).map(({ businessDate, missingIn }) => [businessDate, missingIn]);
    world.request(dateOf(0));
    await world.deliver(0);
    await world.act("staging", "give up");
    expect(await missing()).toEqual([[dateOf(0), []]]);
    world.dlq.length = 0;
    world.request(dateOf(1));
    while (world.queue.length + world.attempts.size > 0) {
      for (const { name } of POLICIES) await world.act(name, "complete");
      await world.deliver(0);
    }

    expect(await missing()).toEqual([
      [dateOf(1), []],
      [dateOf(0), ["gold"]],
    ]);
    expect((await readStatus(ledger.pool, world.identityOf(dateOf(0)).runId, ["gold"]))?.run.missingIn).toEqual([
      "gold",
    ]);
  });

  it.each([
    ["stop", "cancelled"],
    ["continue", "running"],
  ] as const)("a failed day of a backfill with --on-failure %s leaves the next day %s", async (onFailure, next) => {
    for (const date of DATES) world.request(date, { backfill: { id: "b", onFailure } });
    for (let n = 0; n < DATES.length; n += 1) await world.deliver(0);

    await world.act("staging", "give up");

    expect(await runStates()).toMatchObject({ [dateOf(0)]: "failed", [dateOf(1)]: next });
  });
});

function dateOf(n: number): BusinessDate {
  const date = DATES[n];
  if (date === undefined) throw new TypeError(`there is no date ${n}`);
  return date;
}
