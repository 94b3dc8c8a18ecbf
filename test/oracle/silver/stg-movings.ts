import type { MovingRow } from "../../../local/sample/rows/core-rows.ts";
import { contractTenantType, contractTypes, labelsOf } from "../code-lists.ts";
import { cleanDate } from "../dates.ts";
import type { SourceDay } from "../source-day.ts";

/** The rows that are one contract with this one; a row of its own where the rule doesn't apply. */
function repeatKey(row: MovingRow): string {
  const start = cleanDate(row.movein_date);
  if (start === null) return `row ${row.id}`;
  const original = cleanDate(row.original_movein_date);
  return JSON.stringify([row.tenant_id, row.apartment_id, row.room_id, start, original, row.move_renew_flag]);
}

/** Greater is kept: valid before cancelled, then latest updated_at (NULL last), then greatest id. */
function isKeptOver(row: MovingRow, other: MovingRow): boolean {
  const validity = (one: MovingRow): number => (one.cancel_flag === 0 ? 1 : 0);
  if (validity(row) !== validity(other)) return validity(row) > validity(other);
  const [updated, otherUpdated] = [row.updated_at ?? "", other.updated_at ?? ""];
  return updated === otherUpdated ? row.id > other.id : updated > otherUpdated;
}

function renewalOf(flag: number | null): "Yes" | "No" | null {
  return flag === 1 ? "Yes" : flag === 0 ? "No" : null;
}

function stgMoving(row: MovingRow, repeatCount: number, businessDate: string) {
  const labels = labelsOf(contractTypes, row.moving_agreement_type);
  const integrated = cleanDate(row.moveout_date_integrated);
  const plans = cleanDate(row.moveout_plans_date);
  const lastRent = cleanDate(row.moveout_date);
  return {
    moving_id: row.id,
    tenant_id: row.tenant_id,
    apartment_id: row.apartment_id,
    room_id: row.room_id,
    contract_type_code: row.moving_agreement_type,
    contract_type_ja: labels.ja,
    contract_type_en: labels.en,
    tenant_type: contractTenantType(row.moving_agreement_type),
    contract_date: cleanDate(row.movein_decided_date),
    contract_start_date: cleanDate(row.movein_date),
    rent_start_date: cleanDate(row.rent_start_date),
    contract_expiration_date: cleanDate(row.expiration_date),
    original_contract_date: cleanDate(row.original_movein_date),
    cancellation_notice_date: cleanDate(row.moveout_receipt_date),
    moveout_date: integrated ?? plans ?? lastRent,
    moveout_date_integrated: integrated,
    moveout_plans_date: plans,
    moveout_final_rent_date: lastRent,
    is_renewal: renewalOf(row.move_renew_flag),
    is_valid_contract: row.cancel_flag === 0 ? 1 : 0,
    is_completed_moveout: row.is_moveout === 1 ? 1 : 0,
    monthly_rent: row.rent,
    condo_fee: row.condo_fee,
    administrative_fee: row.administrative_fee,
    moveout_fee: row.moveout_fee,
    repeat_count: repeatCount,
    created_at: row.created_at,
    updated_at: row.updated_at,
    business_date: businessDate,
  };
}

export type StgMoving = ReturnType<typeof stgMoving>;

/** stg_movings, repeats folded. */
export function stgMovings({ movings, businessDate }: SourceDay): StgMoving[] {
  const groups = new Map<string, { kept: MovingRow; repeats: number }>();
  for (const row of movings) {
    const key = repeatKey(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kept: row, repeats: 0 });
    else {
      group.repeats += 1;
      if (isKeptOver(row, group.kept)) group.kept = row;
    }
  }
  return [...groups.values()].map(({ kept, repeats }) => stgMoving(kept, repeats, businessDate));
}
