import type { Connection, RowDataPacket } from "mysql2/promise";
import type { DetailType, LayerStats } from "../../events/schemas.ts";
import { schemasOf } from "../config/schemas-of.ts";
import { endPredecessors } from "../ledger/claims/end-predecessors.ts";
import { recordHeartbeat, saveProgress } from "../ledger/claims/settle.ts";
import { confirmTarget } from "../ledger/open-ledger.ts";
import { findPublished, publishPlan } from "../ledger/publication/publication.ts";
import { stepRecorder, type RecordSteps } from "../ledger/records/steps.ts";
import { fromJson } from "../ledger/schema/rows.ts";
import { traceStep } from "../observability/trace-step.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { AttemptScope } from "./attempt-scope.ts";
import type { ClaimedContext } from "./context.ts";
import type { LayerContext, LayerOutcome } from "./layer-definition.ts";

/** Runs the layer, unless the run begins at a later layer or an earlier attempt has already published. */
export async function doWork<T extends DetailType>(context: ClaimedContext<T>): Promise<LayerOutcome> {
  const { key, ledger, logger, lock, claim, definition, warehouse } = context;
  if (claim.passesThrough) {
    logger.info("the run begins at a later layer, this layer's live tables are passed on");
    return { stats: await statsOfLiveSet(context) };
  }
  const published = await findPublished(ledger.pool, key.runId, key.layer);
  if (published !== undefined) {
    logger.info("an earlier attempt published before it ended, the layer is completed from its record");
    return { stats: published.stats };
  }
  const { next } = schemasOf(warehouse.schemaPrefix, key.layer);
  const sessions = await lock.use((connection) => endPredecessors(connection, next));
  if (sessions > 0) logger.warn("sessions of an earlier attempt were still active and were ended", { sessions });
  await using scope = await AttemptScope.open(context);
  // awaited here: the scope must not end before the work
  return await scope.run(() => definition.run(layerContext(context, scope)));
}

function layerContext<T extends DetailType>(context: ClaimedContext<T>, scope: AttemptScope): LayerContext<T> {
  const { event, key, ledger, identity, claim, environment, aws, warehouse, logger, deadline, lock } = context;
  return {
    ...{ event, environment, aws, warehouse, ledger, logger, deadline },
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
    workFolder: scope.workFolder,
    signal: scope.signal,
    recordSteps: traced(stepRecorder(ledger.pool, key)),
    publish: async (plan) => {
      scope.signal.throwIfAborted();
      const whole = {
        ...plan,
        businessDate: identity.businessDate,
        upstream: environment.BATON_LAYER.listensTo,
        isLast: environment.BATON_LAYER.isLast,
      };
      // an attempt that was taken over gets FenceLostError here rather than the error of a closed connection
      await recordHeartbeat(ledger.pool, key);
      await lock.use(async (connection) => {
        await requireUnchangedTarget(connection, context);
        await publishPlan(connection, key, whole);
      });
    },
  };
}

/** Also puts each recorded step into the trace. */
function traced(record: RecordSteps): RecordSteps {
  return (steps) => {
    steps.forEach(traceStep);
    return record(steps);
  };
}

/** Checks that both the publishing connection and a new one still reach the warehouse on which the attempt was claimed. */
async function requireUnchangedTarget<T extends DetailType>(
  lockConnection: Connection,
  { ledger, warehouse, key }: ClaimedContext<T>,
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

/** The recorded stats of the run whose set is live in this layer. */
async function statsOfLiveSet<T extends DetailType>({ ledger, key }: ClaimedContext<T>): Promise<LayerStats> {
  const [[row]] = await ledger.pool.query<(RowDataPacket & { run_id: string; stats: LayerStats | string | null })[]>(
    "SELECT run_id, stats FROM live_set JOIN layer_run USING (layer, run_id) WHERE layer = ?",
    [key.layer],
  );
  const stats = fromJson<LayerStats>(row?.stats ?? null) ?? { tables: 0, rows: 0, bytes: 0 };
  return row === undefined ? stats : { ...stats, passedThroughFrom: row.run_id };
}
