import type { IntContract } from "../silver/int-contracts.ts";
import { detail, isLocated } from "./detail.ts";
import { isInRange, lineage, type Run } from "./run.ts";

function moveout(contract: IntContract, movedOut: string, run: Run) {
  return {
    ...detail(contract, movedOut),
    cancellation_notice_date: contract.cancellation_notice_date,
    moveout_date: movedOut,
    total_stay_days: contract.total_stay_days,
    total_stay_months: contract.total_stay_months,
    notice_lead_time_days: contract.notice_lead_time_days,
    moveout_reason_ja: contract.moveout_reason_ja,
    moveout_reason_en: contract.moveout_reason_en,
    is_last_moveout: contract.is_last_moveout,
    ...lineage(run),
  };
}

export type Moveout = ReturnType<typeof moveout>;

/** The contracts of moveouts, with the date on which they count. */
export function completedMoveouts(
  contracts: readonly IntContract[],
  run: Run,
): { contract: IntContract; movedOut: string }[] {
  return contracts.flatMap((contract) => {
    const { moveout_date: movedOut } = contract;
    if (contract.is_completed_moveout !== 1 || !isInRange(movedOut, run) || !isLocated(contract)) return [];
    return [{ contract, movedOut }];
  });
}

/** moveouts. */
export function moveouts(contracts: readonly IntContract[], run: Run): Moveout[] {
  return completedMoveouts(contracts, run).map(({ contract, movedOut }) => moveout(contract, movedOut, run));
}
