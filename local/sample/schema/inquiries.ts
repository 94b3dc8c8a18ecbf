import { date, id, int, text, timestamps, varchar } from "./column.ts";
import { table } from "./table.ts";

/** Inquiries; the source has recorded none since May 2023. */
export const inquiries = table(
  "inquiries",
  [
    id(),
    date("inquiry_date"),
    int("tenant_id"),
    int("apartment_id"),
    varchar("name"),
    varchar("email"),
    varchar("tel", 32),
    int("m_language_id"),
    date("wish_movein_date"),
    date("movein_date"),
    date("abort_date"),
    int("media_id"),
    int("status"),
    int("staff_id"),
    text("message"),
    ...timestamps(),
  ],
  [["tenant_id"]],
);
