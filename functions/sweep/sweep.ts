import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Logger } from "@aws-lambda-powertools/logger";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import type { OpenLedger } from "../../shared/ledger/open-ledger.ts";
import { countWaiting, publishOutbox } from "../../shared/ledger/claims/outbox.ts";
import { settleOpenIntents } from "../../shared/ledger/publication/settle-open-intents.ts";
import { endHungRuns } from "../../shared/ledger/claims/end-hung-runs.ts";
import { wakeQuietRuns } from "../../shared/ledger/claims/wake-quiet-runs.ts";
import { metrics } from "../../shared/observability/observability.ts";

/** Younger events and intents are left to the function that wrote them. */
const MINIMUM_AGE_SECONDS = 60;
/** An event that is still unpublished after two sweeps is stuck. */
const STUCK_SECONDS = 600;
/** Longer than any wait between two attempts of a layer. */
const QUIET_SECONDS = 3_600;
/** A run that was started again this often, and still shows no activity, has lost its message for good. */
const WAKES = 2;

/** What a sweep works with. */
export interface SweepPorts {
  ledger: OpenLedger;
  warehouse: WarehouseConfig;
  eventBridge: EventBridgeClient;
  bus: string;
  logger: Logger;
  stage: string;
  /** Names of the layers in the order of the layer table. */
  layers: readonly string[];
  /** An active run may hold its turn for so long while another run waits. */
  turnSeconds: number;
  /** Tests do not wait that long. */
  seconds?: { minimumAge: number; stuck: number; quiet: number };
}

/** Results of a sweep. */
export interface Swept {
  settled: number;
  /** IDs of runs whose message was lost; they were started again. */
  quietRuns: string[];
  /** IDs of runs that were ended as failed. */
  endedRuns: string[];
  published: number;
}

/**
 * Repairs what dead functions left: publications without a record, runs whose message was lost or that hold their turn for
 * too long, unpublished events.
 * All of it runs under locks of the database, so several sweeps at once are harmless.
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
  metrics.add("RunsStandingStill", quiet.length + ended.length);
  try {
    const age = { minimumAgeSeconds: seconds.minimumAge };
    const published = await publishOutbox(ledger.pool, ports.eventBridge, ports.bus, age);
    const idsOf = (runs: readonly { runId: string }[]): string[] => runs.map(({ runId }) => runId);
    return { settled, quietRuns: idsOf(quiet), endedRuns: idsOf(ended), published };
  } finally {
    // also when the bus refuses events: the alarm must see that
    metrics.add("OutboxStuck", await countWaiting(ledger.pool, seconds.stuck));
  }
}
