import { rm } from "node:fs/promises";
import type { Connection, RowDataPacket } from "mysql2/promise";
import type { DetailType, DumpReference, EventOf, LayerStats } from "../../events/schemas.ts";
import { schemasOf } from "../config/schemas-of.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { inTransaction } from "../warehouse/connection/transaction.ts";
import { PermanentError, TransientError } from "../errors/errors.ts";
import { followHistory, HISTORY_RUNS, type HistoryVerdict } from "../errors/history.ts";
import { judge, type Verdict } from "../errors/judge.ts";
import { QualityError } from "../errors/quality-error.ts";
import { retryDelaySeconds } from "./retry-policy.ts";
import { SupersededError } from "../errors/superseded-error.ts";
import type { Claim, RunIdentity } from "../ledger/claims/claim.ts";
import { endPredecessors } from "../ledger/claims/end-predecessors.ts";
import type { LayerLock } from "../ledger/claims/layer-lock.ts";
import { confirmTarget, type OpenLedger } from "../ledger/open-ledger.ts";
import { addToOutbox } from "../ledger/claims/outbox.ts";
import { findPublished, publishPlan } from "../ledger/publication/publication.ts";
import { readPastRuns } from "../ledger/reads/read-past-runs.ts";
import { fromJson } from "../ledger/schema/rows.ts";
import {
  completeAttempt,
  failAttempt,
  FenceLostError,
  recordHeartbeat,
  saveProgress,
  supersedeAttempt,
  type AttemptKey,
} from "../ledger/claims/settle.ts";
import { stepRecorder, type RecordSteps } from "../ledger/records/steps.ts";
import { targetReference } from "../warehouse/identity/target.ts";
import { metrics } from "../observability/observability.ts";
import { traceFailure } from "../observability/trace-attempt.ts";
import { traceStep } from "../observability/trace-step.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { LayerContext, LayerDefinition, LayerOutcome } from "./layer-definition.ts";
import { completedEvents, failedEvents, startedEvent, type AttemptFacts } from "./layer-events.ts";
import { measureAttempt } from "./measure-attempt.ts";
import type { QueueMessage } from "./message.ts";
import type { Disposition, LayerPorts } from "./process-message.ts";
import { makeWorkFolder } from "./work-folder.ts";

type Claimed = Extract<Claim, { kind: "claimed" }>;

/** What one claimed attempt works with. */
export interface AttemptPorts extends LayerPorts {
  ledger: OpenLedger;
  lock: LayerLock;
  identity: RunIdentity;
  key: AttemptKey;
  claim: Pick<Claimed, "handsOn">;
  startedAt: Date;
  /** Publishes what stands in the outbox. */
  tell(): Promise<number>;
}

/** Runs a claimed attempt to its end: complete, to be tried again, or given up. */
export async function runAttempt<T extends DetailType>(
  definition: LayerDefinition<T>,
  event: EventOf<T>,
  message: QueueMessage,
  claim: Claimed,
  ports: AttemptPorts,
): Promise<Disposition> {
  const { logger } = ports;
  let outcome: LayerOutcome;
  try {
    await announce(ports);
    outcome = await work(definition, event, claim, ports);
    await complete(outcome, ports);
  } catch (error) {
    if (error instanceof FenceLostError) throw error;
    if (error instanceof SupersededError) {
      return supersede(error.by, ports);
    }
    // tables that were exchanged under a stage make it fail in any way: that is no fault of the run
    const by = await findSuperseding(ports);
    return by === undefined ? fail(message, claim, error, ports) : supersede(by, ports);
  }
  logger.info("layer completed", { ...outcome.stats, durationMs: Date.now() - ports.startedAt.getTime() });
  await measureAttempt(ports, { kind: "completed", stats: outcome.stats });
  await ports.tell();
  return { kind: "acknowledge" };
}

/** Ends an attempt whose run a newer one has overtaken: nothing is published, and nothing went wrong. */
async function supersede(by: string, { logger, ledger, key }: AttemptPorts): Promise<Disposition> {
  logger.info("a newer run has taken over, nothing is published", { supersededBy: by });
  await supersedeAttempt(ledger.pool, key, by);
  return { kind: "acknowledge" };
}

/** The run whose tables stand where this attempt's input was; undefined while the input is its own. */
async function findSuperseding({ ledger, key, environment, claim }: AttemptPorts): Promise<string | undefined> {
  const { listensTo: upstream } = environment.BATON_LAYER;
  if (upstream === undefined || claim.handsOn) return undefined;
  const [[set]] = await ledger.pool.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM live_set WHERE layer = ?",
    [upstream],
  );
  return set === undefined || set.run_id === key.runId ? undefined : set.run_id;
}

/** Tells the bus that the attempt works. The sweep sends it later when the bus does not answer now. */
async function announce(ports: AttemptPorts): Promise<void> {
  await inTransaction(ports.ledger.pool, (connection) => addToOutbox(connection, [startedEvent(factsOf(ports))]));
  try {
    await ports.tell();
  } catch (error) {
    ports.logger.warn("the start could not be announced yet", { error: String(error) });
  }
}

function factsOf(ports: AttemptPorts, dump: DumpReference | undefined = ports.identity.dump): AttemptFacts {
  const { environment, identity, key, startedAt, ledger, warehouse } = ports;
  const { live } = schemasOf(warehouse.schemaPrefix, key.layer);
  return {
    identity,
    policy: environment.BATON_LAYER,
    stage: environment.BATON_STAGE,
    attempt: key.attempt,
    startedAt,
    dump,
    target: targetReference(ledger.target, warehouse.host, live),
  };
}

/** Runs the stage under its deadline and heartbeat, unless a dead attempt had already made its work live. */
async function work<T extends DetailType>(
  definition: LayerDefinition<T>,
  event: EventOf<T>,
  claim: Claimed,
  ports: AttemptPorts,
): Promise<LayerOutcome> {
  const { key, ledger, logger, identity, lock, environment } = ports;
  if (claim.handsOn) {
    logger.info("the run begins at a later layer, what is live here is handed on");
    return { stats: await statsOfLiveSet(ports) };
  }
  const published = await findPublished(ledger.pool, key.runId, key.layer);
  if (published !== undefined) {
    logger.info("an earlier attempt had published before it ended, the layer is completed from its record");
    return { stats: published.stats };
  }
  const { next } = schemasOf(ports.warehouse.schemaPrefix, key.layer);
  const ended = await lock.use((connection) => endPredecessors(connection, next));
  if (ended > 0) logger.warn("sessions of an earlier attempt were still at work and were ended", { sessions: ended });
  const workFolder = await makeWorkFolder({ ...ports.warehouse, stage: environment.BATON_STAGE, layer: key.layer });
  const aborting = new AbortController();
  const stopAtDeadline = setTimeout(
    () => {
      const message = `attempt ${key.attempt} of ${key.layer} reached its deadline ${ports.deadline.toISOString()}`;
      aborting.abort(new TransientError("DEADLINE", message, { kind: "timeout" }));
    },
    Math.max(0, ports.deadline.getTime() - Date.now()),
  );
  // without the lock another attempt may begin at any time
  const stopWithoutLock = (): void => aborting.abort(lock.lost.reason);
  lock.lost.addEventListener("abort", stopWithoutLock, { once: true });
  if (lock.lost.aborted) stopWithoutLock();
  const heartbeat = startHeartbeat(
    environment.BATON_HEARTBEAT_SECONDS,
    async () => {
      await lock.keep();
      await recordHeartbeat(ledger.pool, key);
      const by = await findSuperseding(ports);
      if (by !== undefined) aborting.abort(new SupersededError(key.runId, key.layer, by));
    },
    (error) => {
      logger.warn("heartbeat failed", { error: String(error) });
      if (error instanceof FenceLostError) aborting.abort(error);
    },
  );
  const context: LayerContext<T> = {
    event,
    run: {
      runId: identity.runId,
      businessDate: identity.businessDate,
      attempt: key.attempt,
      isForced: claim.isForced,
      correlationId: identity.correlationId,
      dump: identity.dump,
      progress: claim.progress,
    },
    saveProgress: (progress) => saveProgress(ledger.pool, key, progress),
    environment,
    aws: ports.aws,
    warehouse: ports.warehouse,
    workFolder,
    ledger,
    logger,
    recordSteps: traced(stepRecorder(ledger.pool, key)),
    publish: async (plan) => {
      aborting.signal.throwIfAborted();
      const { listensTo: upstream } = environment.BATON_LAYER;
      const whole = { ...plan, businessDate: identity.businessDate, upstream };
      // who was taken over is told so, rather than that its connection is gone
      await recordHeartbeat(ledger.pool, key);
      await lock.use(async (connection) => {
        await requireUnchangedTarget(connection, ports);
        await publishPlan(connection, key, whole);
      });
    },
    deadline: ports.deadline,
    signal: aborting.signal,
  };
  try {
    // the lock may have been lost since the claim: a stage need not look for what has happened before it
    aborting.signal.throwIfAborted();
    return await definition.run(context);
  } catch (error) {
    // what a stopped query or child says is only the echo of the reason for stopping
    if (aborting.signal.aborted) throw aborting.signal.reason;
    throw error;
  } finally {
    clearTimeout(stopAtDeadline);
    lock.lost.removeEventListener("abort", stopWithoutLock);
    await heartbeat.stop();
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Puts each step that has ended into the trace as well. */
function traced(record: RecordSteps): RecordSteps {
  return (steps) => {
    steps.forEach(traceStep);
    return record(steps);
  };
}

/**
 * Checks that the connection that will publish, and the endpoint as it answers now, still are the warehouse that the
 * attempt has claimed.
 */
async function requireUnchangedTarget(
  lockConnection: Connection,
  { ledger, warehouse, key }: AttemptPorts,
): Promise<void> {
  const claimed = `attempt ${key.attempt} of ${key.layer}, which was claimed there,`;
  const expected = { fingerprints: { [claimed]: ledger.target.fingerprint } };
  await confirmTarget(lockConnection, warehouse, expected);
  const fresh = await connect(warehouse);
  try {
    await confirmTarget(fresh, warehouse, expected);
  } finally {
    await fresh.end();
  }
}

/** What the run whose set is live in this layer has told of it. */
async function statsOfLiveSet({ ledger, key }: AttemptPorts): Promise<LayerStats> {
  const [[row]] = await ledger.pool.query<(RowDataPacket & { run_id: string; stats: LayerStats | string | null })[]>(
    "SELECT run_id, stats FROM live_set JOIN layer_run USING (layer, run_id) WHERE layer = ?",
    [key.layer],
  );
  const stats = fromJson<LayerStats>(row?.stats ?? null) ?? { tables: 0, rows: 0, bytes: 0 };
  return row === undefined ? stats : { ...stats, handedOnFrom: row.run_id };
}

async function complete(outcome: LayerOutcome, ports: AttemptPorts): Promise<void> {
  const { ledger, key, environment } = ports;
  const dump = outcome.dump ?? ports.identity.dump;
  if (dump === undefined) {
    throw new PermanentError("DUMP_UNKNOWN", `run ${key.runId} has no dump to tell the next layer of`, { kind: "bug" });
  }
  const runStartedAt = await readRunStart(ports);
  const now = new Date();
  await completeAttempt(ledger.pool, key, {
    stats: outcome.stats,
    events: completedEvents({ ...factsOf(ports), dump }, outcome.stats, runStartedAt, now),
    completesRun: environment.BATON_LAYER.isLast,
  });
  if (environment.BATON_LAYER.isLast) {
    metrics.add("PipelineDuration", now.getTime() - runStartedAt.getTime());
  }
}

async function readRunStart({ ledger, key, startedAt }: AttemptPorts): Promise<Date> {
  const [[run]] = await ledger.pool.query<(RowDataPacket & { started_at: Date })[]>(
    "SELECT started_at FROM run WHERE run_id = ?",
    [key.runId],
  );
  return run?.started_at ?? startedAt;
}

async function fail(message: QueueMessage, claim: Claimed, error: unknown, ports: AttemptPorts): Promise<Disposition> {
  const { logger, ledger, key, environment } = ports;
  const { verdict, isHopeless } = await judgeWithHistory(error, ports);
  const isPlannedStop = error instanceof TransientError && error.isPlannedStop;
  const retries = verdict.error.retriable && !isHopeless && (isPlannedStop || !claim.isLastOfBudget);
  traceFailure(verdict.error.code);
  logger.error("attempt failed", { failure: verdict.error, pattern: verdict.pattern, retries, stack: stackOf(error) });
  if (!retries) {
    await giveUp(message, verdict, error, ports);
    return { kind: "acknowledge" };
  }
  const scale = environment.BATON_INTERVAL_SCALE;
  const afterSeconds =
    verdict.retryAfterSeconds === undefined
      ? retryDelaySeconds(environment.BATON_LAYER, claim.attemptOfBudget, scale)
      : verdict.retryAfterSeconds * scale;
  await failAttempt(ledger.pool, key, {
    ...verdict,
    events: [],
    retryAfterSeconds: afterSeconds,
    renewsBudget: isPlannedStop,
  });
  await measureAttempt(ports, { kind: "retrying", pattern: verdict.pattern });
  return { kind: "return", afterSeconds };
}

/** Judges an error by its nature and by how earlier runs of the layer have failed. */
async function judgeWithHistory(error: unknown, { ledger, key, logger }: AttemptPorts): Promise<HistoryVerdict> {
  const verdict = judge(error);
  try {
    return followHistory(verdict, key.layer, await readPastRuns(ledger.pool, key, HISTORY_RUNS - 1));
  } catch (failure) {
    logger.warn("earlier failures could not be read", { error: String(failure) });
    return { verdict, isHopeless: false };
  }
}

/** Gives the layer up: first the dead letter, so that nothing is lost, then the ledger and the alarm. */
export async function giveUp(
  message: QueueMessage,
  verdict: Verdict,
  error: unknown,
  ports: AttemptPorts,
): Promise<void> {
  const { key, ledger, logger } = ports;
  await message.copyToDeadLetters({ ...key, error: verdict.error });
  const failedTests = error instanceof QualityError ? error.tests : [];
  await failAttempt(ledger.pool, key, {
    ...verdict,
    events: failedEvents(factsOf(ports), { ...verdict.error, subjects: verdict.subjects }, failedTests, new Date()),
    retryAfterSeconds: undefined,
    renewsBudget: false,
  });
  await measureAttempt(ports, { kind: "failed", pattern: verdict.pattern });
  try {
    await ports.tell();
  } catch (failure) {
    logger.warn("the failure could not be announced yet", { error: String(failure) });
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
