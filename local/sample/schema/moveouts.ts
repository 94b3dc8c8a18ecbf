import { date, decimal, flag, id, int, text, timestamps, varchar } from "./column.ts";
import { table } from "./table.ts";

/** Move-out procedures, one for most contracts with a notice; no model reads them. */
export const moveouts = table(
  "moveouts",
  [
    id(),
    int("moving_id", { isNullable: false }),
    int("tenant_id", { isNullable: false }),
    int("apartment_id"),
    int("room_id"),
    date("receipt_date"),
    date("plans_date"),
    date("inspection_date"),
    varchar("inspection_time", 8),
    int("reason"),
    text("reason_note"),
    varchar("forwarding_address", 255),
    decimal("cleaning_fee"),
    decimal("repair_fee"),
    decimal("refund_amount"),
    flag("is_refunded"),
    ...timestamps(),
  ],
  [["moving_id"], ["tenant_id"]],
);
