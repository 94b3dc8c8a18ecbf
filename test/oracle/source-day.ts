import type {
  ApartmentRow,
  InquiryRow,
  MovingRow,
  NationalityRow,
  RoomRow,
  TenantRow,
} from "../../local/sample/rows/core-rows.ts";
import type { Sample } from "../../local/sample/sample.ts";

/** The rows that models read, of one business date, as they stand in the dump. */
export interface SourceDay {
  /** YYYY-MM-DD */
  businessDate: string;
  apartments: readonly ApartmentRow[];
  rooms: readonly RoomRow[];
  tenants: readonly TenantRow[];
  movings: readonly MovingRow[];
  inquiries: readonly InquiryRow[];
  nationalities: readonly NationalityRow[];
}

/** The rows of a generated sample. */
export function sourceDayOf(sample: Sample): SourceDay {
  return {
    businessDate: sample.businessDate,
    apartments: [...sample.apartments()],
    rooms: [...sample.rooms()],
    tenants: [...sample.tenants()],
    movings: [...sample.movings()],
    inquiries: [...sample.inquiries()],
    nationalities: [...sample.nationalities()],
  };
}
