import type { Pool } from "mysql2/promise";
import { quoteName } from "../../shared/warehouse/tables/identifier.ts";
import type { HistoryRow } from "./silver/tenant-status-history.ts";
import { readRows } from "./read-rows.ts";
import type { SourceDay } from "./source-day.ts";

/** Columns that the oracle reads of each table, in the names of the source. */
const columns = {
  apartments:
    "id unique_number apartment_name apartment_name_en apartment_name_old prefecture municipality address full_address zip_code latitude " +
    "longitude room_count vacancy_room_count apartment_type building_type status created_at updated_at",
  rooms:
    "id apartment_id room_number rent condo_fee room_floor capacity gender_type bed_type status moving_id created_at updated_at",
  tenants:
    "id last_name first_name full_name full_name_kana corporate_name gender_type personal_identity birth_date age nationality m_nationality_id " +
    "affiliation affiliation_type affiliation_status status contract_type agreement_type media_id reason_moveout is_transferred is_renewal_ng " +
    "is_paysle_unpaid renewal_priority moving_id under_contract_id inquiry_id first_movein_date renewal_movein_date renewal_deadline_date " +
    "created_at updated_at",
  movings:
    "id tenant_id apartment_id room_id moving_agreement_type movein_decided_date movein_date original_movein_date rent_start_date expiration_date " +
    "moveout_receipt_date moveout_date moveout_plans_date moveout_date_integrated move_renew_flag cancel_flag is_moveout rent condo_fee " +
    "administrative_fee moveout_fee created_at updated_at",
  inquiries: "id tenant_id inquiry_date created_at updated_at",
  m_nationalities: "id nationality_name",
} as const;

/** The columns that figures depend on, by table of the source. */
export const readColumns: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(columns).map(([table, names]) => [table, names.split(" ")]),
);

/** Degrees stay the text of the DECIMAL, as they stand in the dump. */
function selected(column: string): string {
  const name = quoteName(column);
  return column === "latitude" || column === "longitude" ? `CAST(${name} AS CHAR) AS ${name}` : name;
}

/**
 * Reads a day's rows back from a staging schema that a dump was loaded into, whoever loaded it. The session's
 * time zone must be UTC, as that of all Baton's connections is.
 *
 * @param schema name of the schema: `staging`, with its prefix
 */
export async function rowsFromStaging(pool: Pool, schema: string, businessDate: string): Promise<SourceDay> {
  const read = <T>(table: keyof typeof columns): Promise<T[]> => {
    const list = columns[table].split(" ").map(selected).join(", ");
    // the columns above are the fields of T
    return readRows(pool, `SELECT ${list} FROM ${quoteName(schema)}.${quoteName(table)}`) as unknown as Promise<T[]>;
  };
  return {
    businessDate,
    apartments: await read("apartments"),
    rooms: await read("rooms"),
    tenants: await read("tenants"),
    movings: await read("movings"),
    inquiries: await read("inquiries"),
    nationalities: await read("m_nationalities"),
  };
}

/** Reads a published tenant_status_history, for the next day's expectation. */
export async function historyFrom(pool: Pool, schema: string): Promise<HistoryRow[]> {
  // the table's columns are the fields of HistoryRow
  return (await readRows(pool, `SELECT * FROM ${quoteName(schema)}.tenant_status_history`)) as unknown as HistoryRow[];
}
