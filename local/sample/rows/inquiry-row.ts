import { dayText, localDayOf, utcText } from "../calendar.ts";
import { Random } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import type { Inquiry } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import type { InquiryRow } from "./core-rows.ts";
import { dirtyDate } from "./dirt.ts";

/** The row of an enquiry. */
export function inquiryRow(world: World, inquiry: Inquiry): InquiryRow & Record<string, Cell> {
  const random = new Random(world.seed, `inquiry ${inquiry.id}`);
  const day = localDayOf(inquiry.createdAt);
  const wish = day + random.int(5, 60);
  return {
    id: inquiry.id,
    inquiry_date: dayText(day),
    tenant_id: inquiry.tenant?.id ?? null,
    wish_movein_date: dirtyDate(wish, random),
    movein_date: dirtyDate(inquiry.tenant === null ? null : wish + random.int(-5, 20), random),
    abort_date: dirtyDate(random.chance(0.3) ? day + random.int(3, 40) : null, random),
    created_at: random.chance(0.002) ? null : utcText(inquiry.createdAt),
    updated_at: utcText(inquiry.updatedAt),
  };
}
