import { flag, id, int, timestamp, timestamps, varchar } from "./column.ts";
import { table } from "./table.ts";

/** Countries: 11 columns; the names are Japanese. */
export const nationalities = table("m_nationalities", [
  id(),
  varchar("nationality_name"),
  varchar("nationality_name_kana"),
  varchar("country_code", 2),
  int("m_language_id"),
  int("m_nationality_group_id", { default: "'0'", comment: "0:その他" }),
  int("sort_order"),
  flag("is_visible"),
  ...timestamps(),
  timestamp("deleted_at"),
]);
