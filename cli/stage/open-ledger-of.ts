import { openLedger, type OpenLedger } from "../../shared/ledger/open-ledger.ts";
import { expectedBy, type StageAccess } from "./stage-access.ts";

/** The ledger of a stage, closed at the end of the block (`await using`). */
export async function openLedgerOf(stage: StageAccess): Promise<OpenLedger & AsyncDisposable> {
  const ledger = await openLedger(stage.warehouse, expectedBy(stage));
  return { ...ledger, [Symbol.asyncDispose]: () => ledger.pool.end() };
}
