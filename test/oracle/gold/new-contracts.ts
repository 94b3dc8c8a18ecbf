import type { IntContract } from "../silver/int-contracts.ts";
import { detail, isLocated } from "./detail.ts";
import { isInRange, lineage, type Run } from "./run.ts";

/** new_contracts. */
export function newContracts(contracts: readonly IntContract[], run: Run) {
  return contracts.flatMap((contract) => {
    const { contract_date: signed } = contract;
    if (contract.is_valid_contract !== 1 || !isInRange(signed, run) || !isLocated(contract)) return [];
    return [{ ...detail(contract, signed), ...lineage(run) }];
  });
}
