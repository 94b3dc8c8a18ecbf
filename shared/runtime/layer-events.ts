import { buildEvent, type EventContext } from "../../events/build-event.ts";
import { eventIdOf, type RunId } from "../../events/ids.ts";
import type { RunEvent, DumpReference, LayerStats, TargetReference } from "../../events/schemas.ts";
import type { LayerPolicy } from "../config/layer-table.ts";
import type { RecordedError } from "../errors/errors.ts";
import type { FailedTest } from "../errors/quality-error.ts";
import type { RunIdentity } from "../ledger/claims/claim.ts";

/** What the events of an attempt say about it. */
export interface AttemptFacts {
  identity: RunIdentity;
  policy: LayerPolicy;
  stage: string;
  attempt: number;
  startedAt: Date;
  dump: DumpReference | undefined;
  target: TargetReference;
}

function contextOf({ identity, stage }: AttemptFacts, emittedAt: Date): EventContext {
  const { runId, correlationId, causationId } = identity;
  return { runId, stage, correlationId, causationId, emittedAt };
}

function baseOf(facts: AttemptFacts) {
  return {
    layer: facts.policy.name,
    businessDate: facts.identity.businessDate,
    attempt: facts.attempt,
    startedAt: facts.startedAt.toISOString(),
    target: facts.target,
    ...(facts.dump !== undefined && { dump: facts.dump }),
  };
}

function finishedOf(facts: AttemptFacts, now: Date) {
  return { finishedAt: now.toISOString(), durationMs: Math.max(0, now.getTime() - facts.startedAt.getTime()) };
}

/** LayerStarted: an attempt has begun. */
export function startedEvent(facts: AttemptFacts): RunEvent {
  return buildEvent("LayerStarted", contextOf(facts, facts.startedAt), baseOf(facts));
}

/** LayerCompleted; for the last layer also PipelineCompleted. */
export function completedEvents(
  facts: AttemptFacts & { dump: DumpReference },
  stats: LayerStats,
  runStartedAt: Date,
  now: Date,
): RunEvent[] {
  const context = contextOf(facts, now);
  const base = { ...baseOf(facts), dump: facts.dump };
  const completed = buildEvent("LayerCompleted", context, { ...base, ...finishedOf(facts, now), stats });
  if (!facts.policy.isLast) return [completed];
  const { businessDate, dump, target } = base;
  const run = { businessDate, dump, target, startedAt: runStartedAt.toISOString(), stats };
  const finished = finishedOf({ ...facts, startedAt: runStartedAt }, now);
  return [completed, buildEvent("PipelineCompleted", context, { ...run, ...finished })];
}

/** LayerFailed; also QualityTestFailed when failed data tests are the reason. */
export function failedEvents(
  facts: AttemptFacts,
  error: RecordedError & { subjects: string[] },
  failedTests: readonly FailedTest[],
  now: Date,
): RunEvent[] {
  const context = contextOf(facts, now);
  const failed = buildEvent("LayerFailed", context, { ...baseOf(facts), ...finishedOf(facts, now), error });
  if (failedTests.length === 0 || facts.dump === undefined) return [failed];
  const tests = { ...baseOf(facts), dump: facts.dump, tests: [...failedTests] };
  return [failed, buildEvent("QualityTestFailed", context, tests)];
}

/** IDs of the events that a completed layer has published. */
export function outgoingEventIds(runId: RunId, policy: LayerPolicy): string[] {
  const completed = eventIdOf(runId, "LayerCompleted", policy.name);
  return policy.isLast ? [completed, eventIdOf(runId, "PipelineCompleted", "")] : [completed];
}
