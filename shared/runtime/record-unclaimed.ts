import type { Verdict } from "../errors/judge.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import { recordFailure, type FailureVerdict } from "../ledger/claims/record-failure.ts";
import { expectedTarget } from "./expected-target.ts";
import type { LayerPorts } from "./process-message.ts";

/** A failure for which no claimed attempt stands. */
export interface UnclaimedFailure {
  runId: string | undefined;
  messageId: string;
  verdict: Verdict;
  consequence: FailureVerdict;
}

/**
 * Tells the ledger of a failure before a claim: a bad event, a wrong target, no lock. Fail-open: the ledger may be what
 * failed, and the dead letter and the log have the reason.
 *
 * After an error about the target nothing is written unless the deployment's own fingerprint vouches for the warehouse:
 * the ledger that answers may be another one's.
 */
export async function recordUnclaimed(ports: LayerPorts, failure: UnclaimedFailure): Promise<void> {
  const { environment, warehouse, logger } = ports;
  const { verdict, consequence } = failure;
  const fingerprint = environment.BATON_TARGET_FINGERPRINT;
  if (verdict.error.kind === "target" && fingerprint === "") return;
  try {
    const ledger = await openLedger(warehouse, expectedTarget(environment));
    try {
      await recordFailure(ledger.pool, {
        ...verdict,
        runId: failure.runId,
        layer: environment.BATON_LAYER.name,
        attempt: 0,
        messageId: failure.messageId,
        verdict: consequence,
      });
    } finally {
      await ledger.pool.end();
    }
  } catch (error) {
    logger.warn("the ledger could not be told of the failure", { error: String(error) });
  }
}
