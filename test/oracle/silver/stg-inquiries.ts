import type { InquiryRow } from "../../../local/sample/rows/core-rows.ts";
import { tokyoDayOf } from "../dates.ts";
import type { SourceDay } from "../source-day.ts";

function stgInquiry(row: InquiryRow, converted: ReadonlySet<number>, businessDate: string) {
  return {
    inquiry_id: row.id,
    tenant_id: row.tenant_id,
    inquiry_date: tokyoDayOf(row.created_at),
    inquiry_timestamp: row.created_at,
    updated_at: row.updated_at,
    converted_to_tenant: converted.has(row.id) ? 1 : 0,
    business_date: businessDate,
  };
}

export type StgInquiry = ReturnType<typeof stgInquiry>;

/** stg_inquiries. */
export function stgInquiries({ inquiries, tenants, businessDate }: SourceDay): StgInquiry[] {
  const converted = new Set(tenants.flatMap(({ inquiry_id }) => inquiry_id ?? []));
  return inquiries.map((row) => stgInquiry(row, converted, businessDate));
}
