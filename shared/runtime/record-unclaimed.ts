import type { Verdict } from "../errors/judge.ts";
import { openLedger, type OpenLedger } from "../ledger/open-ledger.ts";
import { failRun } from "../ledger/claims/fail-run.ts";
import { lockTurn } from "../ledger/claims/turn.ts";
import type { RunRow } from "../ledger/schema/rows.ts";
import { inTransaction } from "../warehouse/connection/transaction.ts";
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
      if (consequence === "dead-letter") await endUnclaimed(context, ledger, failure);
    } finally {
      await ledger.pool.end();
    }
  } catch (error) {
    logger.warn("the failure could not be recorded in the ledger", { error: String(error) });
  }
}

/** Ends the run of a message that went to the DLQ, unless an attempt of the layer is running: nothing else would end it. */
async function endUnclaimed(
  { environment }: FunctionContext,
  { pool }: OpenLedger,
  { runId, verdict }: UnclaimedFailure,
): Promise<void> {
  const layer = environment.BATON_LAYER.name;
  await inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    const [[run]] = await connection.query<RunRow[]>(
      `SELECT * FROM run WHERE run_id = ? AND state = 'running' AND NOT EXISTS (
          SELECT 1 FROM layer_run WHERE layer_run.run_id = run.run_id AND layer = ? AND layer_run.state IN ('running', 'completed'))`,
      [runId ?? "", layer],
    );
    if (run !== undefined)
      await failRun(connection, { run, layer, stage: environment.BATON_STAGE, error: verdict.error });
  });
}
