import { TransientError } from "../../errors/errors.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { killSessions } from "./kill-sessions.ts";
import { loadTogether } from "./load-together.ts";
import { LoadSession } from "./load-session.ts";
import type { TableLoad } from "./load-table.ts";
import type { TableRecord } from "./table-records.ts";

/** An event of a table in the load pass. */
export type TableEvent =
  | { state: "loading"; table: string }
  | { state: "loaded"; table: string; record: TableRecord; durationMs: number }
  | { state: "rejected"; table: string; error: unknown };

interface LoadPassOptions {
  warehouse: WarehouseConfig;
  connections: number;
  /** Aborts the load: running statements are killed. */
  abort: AbortController;
  /** Time by which the load must have stopped; undefined for no limit. */
  deadline: Date | undefined;
  onTable: (event: TableEvent) => void;
}

/** Time that the server has to close a killed connection before the client closes it. */
const KILL_GRACE_MS = 3_000;

/** A table that is being loaded, and its start time. */
interface Underway {
  load: TableLoad;
  startedAt: number;
}

/**
 * Loads tables over several connections: the largest first, but on every third connection the smallest first. When no
 * table is left to start, free connections help with the parts of tables that can be shared. The first failure stops
 * all connections.
 *
 * @returns records of the tables that were loaded, by name
 * @throws TransientError LOAD_TIME_BUDGET when the deadline comes first; loaded rows remain
 */
export async function loadPass(
  loads: readonly TableLoad[],
  options: LoadPassOptions,
): Promise<Map<string, TableRecord>> {
  return new LoadPass(loads, options).run();
}

/** For tables up to this size, creating and committing takes longer than loading the rows. */
const WAITS_FOR_DISK_BYTES = 4 * 1024 * 1024;

/** Tiny tables whose rows one transaction loads: enough to make its commit cheap, and little work to repeat. */
const MAX_TOGETHER = 32;

type TakingOrder = "largest-first" | "smallest-first";

/**
 * Every third connection loads the smallest tables first: small tables wait for the disk and large ones for the
 * processor, so loading both at once uses both.
 */
function orderOf(connection: number): TakingOrder {
  return connection % 3 === 2 ? "smallest-first" : "largest-first";
}

class LoadPass {
  private readonly options: LoadPassOptions;
  private readonly waiting: TableLoad[];
  private readonly underway = new Set<Underway>();
  private readonly withoutForeignKeys: { load: TableLoad; durationMs: number }[] = [];
  private readonly sessions: LoadSession[] = [];
  private readonly records = new Map<string, TableRecord>();
  private readonly total: number;
  private failure: { error: unknown } | undefined;
  /**
   * The longest time of a part or of a table's keys, ms. A step that might not end before the deadline is not started.
   */
  private longestStepMs = 0;
  private isOutOfTime = false;
  /** True when this pass has loaded a part or a table. */
  private hasProgress = false;
  /** Settles when statements were killed but their connections still do not answer. */
  private readonly givenUp: Promise<void>;
  private giveUp: () => void = () => undefined;
  private grace: NodeJS.Timeout | undefined;

  constructor(loads: readonly TableLoad[], options: LoadPassOptions) {
    this.options = options;
    this.total = loads.length;
    this.givenUp = new Promise((resolve) => (this.giveUp = resolve));
    this.waiting = [...loads].sort((one, other) => other.table.bytes - one.table.bytes);
  }

  async run(): Promise<Map<string, TableRecord>> {
    const { abort, connections } = this.options;
    const onAbort = (): void => this.killAll();
    abort.signal.addEventListener("abort", onAbort, { once: true });
    const timer = this.startTimer();
    try {
      const count = Math.max(1, Math.min(connections, this.waiting.length * 2));
      await Promise.all(
        Array.from({ length: count }, (_, number) => this.work(() => this.runSession(orderOf(number)))),
      );
      await this.work(() => this.addForeignKeys());
    } finally {
      clearTimeout(timer);
      abort.signal.removeEventListener("abort", onAbort);
      await Promise.race([Promise.all(this.sessions.map((session) => session.end())), this.givenUp]);
      clearTimeout(this.grace);
    }
    if (this.failure !== undefined) throw this.failure.error;
    if (this.isOutOfTime) throw this.outOfTime();
    abort.signal.throwIfAborted();
    return this.records;
  }

  private startTimer(): NodeJS.Timeout | undefined {
    const { deadline, abort } = this.options;
    if (deadline === undefined) return undefined;
    return setTimeout(
      () => {
        this.isOutOfTime = true;
        abort.abort(this.outOfTime());
      },
      Math.max(0, deadline.getTime() - Date.now()),
    );
  }

  private outOfTime(): TransientError {
    const { size } = this.records;
    return new TransientError("LOAD_TIME_BUDGET", `out of time with ${size} of ${this.total} tables loaded`, {
      kind: "timeout",
      // without progress, attempts would repeat without an end
      isPlannedStop: this.hasProgress,
      advice: this.hasProgress
        ? "The next attempt continues with the rest."
        : "Nothing was loaded in this time. Raise timeoutSeconds or memoryMb of the layer.",
      retryAfterSeconds: 1,
    });
  }

  /** Never throws: the first failure is recorded. */
  private async work(task: () => Promise<void>): Promise<void> {
    const done = task().catch((error: unknown) => this.fail(error));
    await Promise.race([done, this.givenUp]);
  }

  /** Runs one connection until no work is left for it. */
  private async runSession(order: TakingOrder): Promise<void> {
    const session = await LoadSession.open(this.options.warehouse);
    this.sessions.push(session);
    this.options.abort.signal.throwIfAborted();
    while (!this.mustStop() && (await this.takeTurn(session, order)));
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined || this.isOutOfTime) return;
    const { abort } = this.options;
    // killed statements fail because of the abort, so the abort is the cause
    this.failure = { error: abort.signal.aborted ? abort.signal.reason : error };
    abort.abort(error);
  }

  /** True when no new step may start: after a failure, or when another step might not end in time. */
  private mustStop(): boolean {
    const { abort, deadline } = this.options;
    if (abort.signal.aborted) return true;
    if (deadline !== undefined && Date.now() + this.longestStepMs > deadline.getTime()) this.isOutOfTime = true;
    return this.isOutOfTime;
  }

  /** Takes a waiting table; a tiny one with others, of which each connection gets its share. */
  private takeWaiting(order: TakingOrder): TableLoad[] {
    const { waiting } = this;
    const smallest = waiting.at(-1);
    const isSmall = smallest !== undefined && smallest.table.bytes <= WAITS_FOR_DISK_BYTES;
    const place = order === "smallest-first" && isSmall ? -1 : 0;
    const limit = Math.min(MAX_TOGETHER, waiting.length / this.options.connections);
    const taken = waiting.splice(place, 1);
    while (taken.length < limit && taken[0]?.isTiny === true && waiting.at(place)?.isTiny === true)
      taken.push(...waiting.splice(place, 1));
    return taken;
  }

  /** Starts a waiting table, or helps with one that is being loaded; returns false when there is no work. */
  private async takeTurn(session: LoadSession, order: TakingOrder): Promise<boolean> {
    const loads = this.takeWaiting(order);
    for (const { table } of loads) this.options.onTable({ state: "loading", table: table.name });
    const [load] = loads;
    if (load?.isTiny === true) {
      await this.loadTiny(session, loads);
      return true;
    }
    if (load !== undefined) {
      const underway = { load, startedAt: performance.now() };
      await this.guard(load, () => load.begin(session));
      this.underway.add(underway);
      await this.fill(session, underway);
      return true;
    }
    const shared = [...this.underway]
      .filter((other) => other.load.canBeShared)
      .sort((one, other) => other.load.pendingBytes - one.load.pendingBytes)[0];
    if (shared === undefined) return false;
    await this.fill(session, shared);
    return true;
  }

  private async loadTiny(session: LoadSession, loads: readonly TableLoad[]): Promise<void> {
    const startedAt = performance.now();
    const records = await loadTogether(session, loads, (load, work) => this.guard(load, work));
    const durationMs = performance.now() - startedAt;
    this.longestStepMs = Math.max(this.longestStepMs, durationMs);
    for (const load of loads) {
      const record = records.get(load.table.name);
      if (record !== undefined) this.noteLoaded(load, record, Math.round(durationMs / loads.length));
    }
  }

  /** Loads parts of a table until none is left; the session that loads the last part finishes the table. */
  private async fill(session: LoadSession, underway: Underway): Promise<void> {
    const { load } = underway;
    await this.guard(load, async () => {
      while (!this.mustStop()) {
        const startedAt = performance.now();
        if ((await load.loadNext(session)) === undefined) break;
        this.hasProgress = true;
        this.longestStepMs = Math.max(this.longestStepMs, performance.now() - startedAt);
      }
      if (!load.isFilled || !this.underway.has(underway) || this.options.abort.signal.aborted) return;
      this.underway.delete(underway);
      const record = await load.addKeys(session);
      const durationMs = Math.round(performance.now() - underway.startedAt);
      if (record === undefined) this.withoutForeignKeys.push({ load, durationMs });
      else this.noteLoaded(load, record, durationMs);
    });
  }

  private noteLoaded(load: TableLoad, record: TableRecord, durationMs: number): void {
    this.hasProgress = true;
    this.records.set(load.table.name, record);
    this.options.onTable({ state: "loaded", table: load.table.name, record, durationMs });
  }

  /**
   * Runs last, when every table has its keys: MySQL requires a unique key on the columns that a foreign key references.
   */
  private async addForeignKeys(): Promise<void> {
    const [session] = this.sessions;
    if (session === undefined) return;
    for (const { load, durationMs } of this.withoutForeignKeys) {
      if (this.mustStop()) return;
      await this.guard(load, async () => this.noteLoaded(load, await load.addForeignKeys(session), durationMs));
    }
  }

  private async guard(load: TableLoad, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.options.abort.signal.aborted) {
        this.options.onTable({ state: "rejected", table: load.table.name, error });
      }
      throw error;
    }
  }

  /** Kills running statements on the server: an ALTER continues after its client disconnects. */
  private killAll(): void {
    const sessions = [...this.sessions];
    void killSessions(this.options.warehouse, sessions);
    this.grace = setTimeout(() => {
      for (const session of sessions) session.destroy();
      this.giveUp();
    }, KILL_GRACE_MS);
  }
}
