import type { Logger } from "@aws-lambda-powertools/logger";
import type { EventBus } from "../../shared/aws/published-events.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import type { OpenLedger } from "../../shared/ledger/open-ledger.ts";
import { dropForgottenReviews } from "../../shared/dbt/separate-build.ts";
import { judge } from "../../shared/errors/judge.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { countWaiting, publishOutbox } from "../../shared/ledger/claims/outbox.ts";
import { settleOpenIntents } from "../../shared/ledger/publication/settle-open-intents.ts";
import { endHungRuns } from "../../shared/ledger/claims/end-hung-runs.ts";
import { wakeQuietRuns } from "../../shared/ledger/claims/wake-quiet-runs.ts";
import { metrics } from "../../shared/observability/observability.ts";

/** Events and intents younger than this are left to the function that wrote them. */
const MINIMUM_AGE_SECONDS = 60;
/** An event that is still unpublished after two sweeps is stuck. */
const STUCK_SECONDS = 600;
/** Longer than any wait between two attempts of a layer. */
const QUIET_SECONDS = 3_600;
/** A run that was restarted this often without any activity is ended as failed: its message is lost for good. */
const WAKES = 2;

/** Dependencies of a sweep. */
export interface SweepPorts {
  ledger: OpenLedger;
  warehouse: WarehouseConfig;
  bus: EventBus;
  logger: Logger;
  stage: string;
  /** Names of the layers in the order of the layer table. */
  layers: readonly string[];
  /** How long an active run may hold its turn while another run waits. */
  turnSeconds: number;
  /** Shorter in tests. */
  seconds?: { minimumAge: number; stuck: number; quiet: number };
}

/** Results of a sweep. */
export interface Swept {
  settled: number;
  /** IDs of runs that were restarted because their message was lost. */
  quietRuns: string[];
  /** IDs of runs that were ended as failed. */
  endedRuns: string[];
  /** Schemas of killed reviews that were dropped. */
  reviewSchemas: string[];
  published: number;
}

/**
 * Repairs what crashed functions left unfinished: publications without a record, runs whose message was lost or that
 * hold their turn for too long, schemas of killed reviews, unpublished events. Database locks make several sweeps at once harmless.
 *
 * @throws TransientError EVENTS_NOT_ACCEPTED when the bus refuses events; the next sweep publishes them
 */
export async function sweep(ports: SweepPorts): Promise<Swept> {
  const { ledger, warehouse, logger } = ports;
  const seconds = ports.seconds ?? { minimumAge: MINIMUM_AGE_SECONDS, stuck: STUCK_SECONDS, quiet: QUIET_SECONDS };
  const settled = await settleOpenIntents({ pool: ledger.pool, warehouse }, seconds.minimumAge);
  const quiet = await wakeQuietRuns(ledger.pool, seconds.quiet);
  for (const { runId, businessDate, wokenBy } of quiet) {
    if (wokenBy !== undefined)
      logger.warn("the message of a run was lost, its last event is published again", { runId, wokenBy });
    else
      logger.warn("the message of a run was lost, and the ledger has no event to start it again", {
        runId,
        businessDate,
      });
  }
  const limits = { turnSeconds: ports.turnSeconds, abandonedSeconds: seconds.quiet * (WAKES + 1) };
  const ended = await endHungRuns(ledger.pool, { ...limits, stage: ports.stage, layers: ports.layers });
  for (const { runId, error } of ended) logger.error("a run was ended", { runId, failure: error });
  metrics.add("RunsStalled", quiet.length + ended.length);
  try {
    const age = { minimumAgeSeconds: seconds.minimumAge };
    const published = await publishOutbox(ledger.pool, ports.bus, age);
    const idsOf = (runs: readonly { runId: string }[]): string[] => runs.map(({ runId }) => runId);
    // last, so that no run waits for it
    const reviewSchemas = await dropReviewSchemas(ports);
    return { settled, quietRuns: idsOf(quiet), endedRuns: idsOf(ended), reviewSchemas, published };
  } finally {
    // also when the bus refuses events, so that the alarm sees it
    metrics.add("OutboxStuck", await countWaiting(ledger.pool, seconds.stuck));
  }
}

/** Drops the schemas of killed reviews, except while a statement uses them. @returns their names */
export async function dropReviewSchemas({
  warehouse,
  logger,
}: Pick<SweepPorts, "warehouse" | "logger">): Promise<string[]> {
  const connection = await connect(warehouse);
  try {
    await connection.query("SET lock_wait_timeout = 2");
    return await dropForgottenReviews(connection, warehouse.schemaPrefix);
  } catch (error) {
    // a statement of a killed review still uses them
    if (judge(error).pattern !== "lock-wait") throw error;
    logger.info("schemas of a killed review are still in use, the next sweep drops them");
    return [];
  } finally {
    await connection.end();
  }
}
