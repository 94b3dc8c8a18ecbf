import type { DetailType } from "../../events/schemas.ts";
import { SupersededError } from "../errors/superseded-error.ts";
import { YieldError } from "../errors/yield-error.ts";
import { addToOutbox } from "../ledger/claims/outbox.ts";
import { FenceLostError } from "../ledger/claims/settle.ts";
import { inTransaction } from "../warehouse/connection/transaction.ts";
import { ACKNOWLEDGE, type ClaimedContext, type Disposition } from "./context.ts";
import { doWork } from "./do-work.ts";
import { complete, factsOf, fail, supersede, yieldTurn } from "./end-attempt.ts";
import { findSuperseding } from "./find-superseding.ts";
import type { LayerOutcome } from "./layer-definition.ts";
import { startedEvent } from "./layer-events.ts";
import { measureAttempt } from "./measure-attempt.ts";

/** Runs a claimed attempt until it is complete, waits for the next attempt, is superseded or is given up. */
export async function runAttempt<T extends DetailType>(context: ClaimedContext<T>): Promise<Disposition> {
  let outcome: LayerOutcome;
  try {
    await announce(context);
    outcome = await doWork(context);
    await complete(context, outcome);
  } catch (error) {
    if (error instanceof FenceLostError) throw error;
    if (error instanceof SupersededError) return supersede(context, error.by);
    if (error instanceof YieldError) return yieldTurn(context);
    // tables that were replaced while the layer read them cause any error: the run is superseded, it did not fail
    const by = await findSuperseding(context);
    return by === undefined ? fail(context, error) : supersede(context, by);
  }
  const durationMs = Date.now() - context.startedAt.getTime();
  context.logger.info("layer completed", { ...outcome.stats, durationMs });
  await measureAttempt(context, { kind: "completed", stats: outcome.stats });
  await context.publishEvents();
  return ACKNOWLEDGE;
}

/** Publishes LayerStarted. When the bus does not answer now, the sweep publishes it later. */
async function announce<T extends DetailType>(context: ClaimedContext<T>): Promise<void> {
  await inTransaction(context.ledger.pool, (connection) => addToOutbox(connection, [startedEvent(factsOf(context))]));
  try {
    await context.publishEvents();
  } catch (error) {
    context.logger.warn("LayerStarted could not be published yet", { error: String(error) });
  }
}
