import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import type { DetailType, DumpReference } from "../../events/schemas.ts";
import { schemasOf } from "../config/schemas-of.ts";
import { PermanentError, TransientError } from "../errors/errors.ts";
import { followHistory, HISTORY_RUNS, type HistoryVerdict } from "../errors/history.ts";
import { judge, type Verdict } from "../errors/judge.ts";
import { lastAdvice } from "../errors/last-advice.ts";
import { QualityError } from "../errors/quality-error.ts";
import {
  completeAttempt,
  failAttempt,
  FenceLostError,
  supersedeAttempt,
  yieldAttempt,
} from "../ledger/claims/settle.ts";
import { readPastRuns } from "../ledger/reads/read-past-runs.ts";
import { metrics } from "../observability/observability.ts";
import { traceFailure } from "../observability/trace-attempt.ts";
import { targetReference } from "../warehouse/identity/target.ts";
import {
  ACKNOWLEDGE,
  type AttemptContext,
  type ClaimedContext,
  type Disposition,
  type LockedContext,
} from "./context.ts";
import type { LayerOutcome } from "./layer-definition.ts";
import { completedEvents, failedEvents, type AttemptFacts } from "./layer-events.ts";
import { measureAttempt } from "./measure-attempt.ts";
import { retryDelaySeconds } from "./retry-policy.ts";

/** How long a failure waits for a database that can be written: less than the time that the layer leaves to record it. */
const WRITABLE_WITHIN_MS = 45_000;
const WRITABLE_CHECK_MS = 5_000;

/** The facts that the events of an attempt carry. */
export function factsOf<T extends DetailType>(
  { environment, identity, key, startedAt, ledger, warehouse }: AttemptContext<T>,
  dump: DumpReference | undefined = identity.dump,
): AttemptFacts {
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

/** Records the attempt as complete, with the events that follow from it. */
export async function complete<T extends DetailType>(context: ClaimedContext<T>, outcome: LayerOutcome): Promise<void> {
  const { ledger, key, environment, identity } = context;
  const dump = outcome.dump ?? identity.dump;
  if (dump === undefined) {
    const message = `run ${key.runId} has no dump to name in the event for the next layer`;
    throw new PermanentError("DUMP_UNKNOWN", message, { kind: "bug" });
  }
  const runStartedAt = await readRunStart(context);
  const now = new Date();
  await completeAttempt(ledger.pool, key, {
    stats: outcome.stats,
    events: completedEvents({ ...factsOf(context), dump }, outcome.stats, runStartedAt, now),
    completesRun: environment.BATON_LAYER.isLast,
  });
  if (environment.BATON_LAYER.isLast) metrics.add("PipelineDuration", now.getTime() - runStartedAt.getTime());
}

async function readRunStart<T extends DetailType>({ ledger, key, startedAt }: ClaimedContext<T>): Promise<Date> {
  const [[run]] = await ledger.pool.query<(RowDataPacket & { started_at: Date })[]>(
    "SELECT started_at FROM run WHERE run_id = ?",
    [key.runId],
  );
  return run?.started_at ?? startedAt;
}

/** Ends an attempt whose run was superseded by a newer one: nothing is published, and nothing failed. */
export async function supersede<T extends DetailType>(context: ClaimedContext<T>, by: string): Promise<Disposition> {
  const { logger, ledger, key } = context;
  logger.info("superseded by a newer run, nothing is published", { supersededBy: by });
  await supersedeAttempt(ledger.pool, key, by);
  await publishQuietly(context);
  return ACKNOWLEDGE;
}

/** Ends an attempt whose run yields to an earlier business date; an event starts the run again after that date. */
export async function yieldTurn<T extends DetailType>(context: ClaimedContext<T>): Promise<Disposition> {
  context.logger.info("an earlier business date was requested, this run waits until it ends");
  await yieldAttempt(context.ledger.pool, context.key);
  await publishQuietly(context);
  return ACKNOWLEDGE;
}

/** Publishes the outbox. When the bus does not answer now, the sweep publishes it later. */
export async function publishQuietly<T extends DetailType>(
  context: Pick<LockedContext<T>, "publishEvents" | "logger">,
): Promise<void> {
  try {
    await context.publishEvents();
  } catch (error) {
    context.logger.warn("events could not be published yet", { error: String(error) });
  }
}

/** Records the failure of an attempt and plans the next one, or gives the layer up. */
export async function fail<T extends DetailType>(context: ClaimedContext<T>, error: unknown): Promise<Disposition> {
  const { logger, ledger, key, environment, claim } = context;
  const { verdict, stopsRetries } = await judgeWithHistory(context, error);
  const isPlannedStop = error instanceof TransientError && error.isPlannedStop;
  const canRetry = verdict.error.retriable || isTargetVerdict(error);
  const retries = canRetry && !stopsRetries && (isPlannedStop || !claim.isLastOfBudget);
  traceFailure(verdict.error.code);
  logger.error("attempt failed", { failure: verdict.error, pattern: verdict.pattern, retries, stack: stackOf(error) });
  if (!retries) {
    await giveUp(context, { verdict, error });
    return ACKNOWLEDGE;
  }
  const scale = environment.BATON_INTERVAL_SCALE;
  const afterSeconds =
    verdict.retryAfterSeconds === undefined
      ? retryDelaySeconds(environment.BATON_LAYER, claim.attemptOfBudget, scale)
      : verdict.retryAfterSeconds * scale;
  await whenWritable(context, () =>
    failAttempt(ledger.pool, key, {
      ...verdict,
      events: [],
      retryAfterSeconds: afterSeconds,
      renewsBudget: isPlannedStop,
    }),
  );
  await measureAttempt(context, { kind: "retrying", pattern: verdict.pattern });
  return { kind: "return", afterSeconds };
}

/** Judges an error by its pattern and by how earlier runs of the layer failed. */
async function judgeWithHistory<T extends DetailType>(
  { ledger, key, logger }: ClaimedContext<T>,
  error: unknown,
): Promise<HistoryVerdict> {
  const verdict = judge(error);
  try {
    return followHistory(verdict, key.layer, await readPastRuns(ledger.pool, key, HISTORY_RUNS - 1));
  } catch (failure) {
    logger.warn("earlier failures could not be read", { error: String(failure) });
    return { verdict, stopsRetries: false };
  }
}

/**
 * Gives the layer up: ledger, DLQ message and events. The DLQ message is sent within the ledger's transaction, so that a
 * database that cannot be written gets neither: the message stays in the queue, and its next attempt records the failure.
 */
export async function giveUp<T extends DetailType>(
  context: AttemptContext<T>,
  { verdict: judged, error }: { verdict: Verdict; error: unknown },
): Promise<void> {
  const { key, ledger, message } = context;
  const { advice } = judged.error;
  const verdict = {
    ...judged,
    error: { ...judged.error, ...(advice !== undefined && { advice: lastAdvice(advice) }) },
  };
  const sendOnce = once(() => message.copyToDlq({ ...key, error: verdict.error }));
  const failedTests = error instanceof QualityError ? error.tests : [];
  const recorded = { ...verdict.error, subjects: verdict.subjects };
  await whenWritable(context, () =>
    failAttempt(ledger.pool, key, {
      ...verdict,
      events: failedEvents(factsOf(context), recorded, failedTests, new Date()),
      retryAfterSeconds: undefined,
      renewsBudget: false,
      beforeCommit: sendOnce,
    }),
  );
  await measureAttempt(context, { kind: "failed", pattern: verdict.pattern });
  await publishQuietly(context);
}

/** True for a permanent verdict about the server, which needs a second look. */
export function isTargetVerdict(error: unknown): error is PermanentError {
  return error instanceof PermanentError && error.code.startsWith("TARGET_") && error.code !== "TARGET_READER_ENDPOINT";
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

/** Records a failure as soon as the database can be written: it is often the database that failed the attempt. */
async function whenWritable<T extends DetailType>(
  { logger, environment }: AttemptContext<T>,
  record: () => Promise<void>,
): Promise<void> {
  const until = Date.now() + WRITABLE_WITHIN_MS;
  for (;;) {
    try {
      return await record();
    } catch (error) {
      const { retriable, kind, message } = judge(error).error;
      const mayPass = retriable && (kind === "database" || kind === "target") && Date.now() < until;
      if (error instanceof FenceLostError || !mayPass) throw error;
      logger.warn("the failure cannot be recorded yet", { reason: message });
      await wait(WRITABLE_CHECK_MS * environment.BATON_INTERVAL_SCALE);
    }
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
