import type { Verdict } from "../errors/judge.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import { recordFailure, type FailureVerdict } from "../ledger/claims/record-failure.ts";
import { expectedTarget } from "./expected-target.ts";
import type { FunctionContext } from "./context.ts";

/** A failure without a claimed attempt. */
export interface UnclaimedFailure {
  runId: string | undefined;
  messageId: string;
  verdict: Verdict;
  consequence: FailureVerdict;
}

/**
 * Records a failure that happened before a claim: a bad event, a wrong target, no lock. An error here is only logged: the
 * ledger may be what failed, and the DLQ message and the log have the reason.
 *
 * After an error about the target nothing is written unless the deployment's own fingerprint confirms the warehouse:
 * the ledger that answers may belong to another deployment.
 */
export async function recordUnclaimed(context: FunctionContext, failure: UnclaimedFailure): Promise<void> {
  const { environment, warehouse, logger } = context;
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
    logger.warn("the failure could not be recorded in the ledger", { error: String(error) });
  }
}
