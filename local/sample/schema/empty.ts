import { date, decimal, flag, id, int, text, timestamps, tinyint, varchar } from "./column.ts";
import { table, type Table } from "./table.ts";

/** Ten tables without rows. */
export const emptyTables: readonly Table[] = [
  table("Arrears_Management", [
    id(),
    int("tenant_id"),
    decimal("amount"),
    date("target_date"),
    text("memo"),
    ...timestamps(),
  ]),
  table("Arrears_Snapshot", [id(), int("tenant_id"), decimal("amount"), date("snapshot_date"), ...timestamps()]),
  table("Orders", [
    id(),
    int("tenant_id"),
    varchar("order_number", 32),
    decimal("amount"),
    tinyint("status"),
    ...timestamps(),
  ]),
  table("approvals", [
    id(),
    int("approver_id"),
    varchar("target"),
    int("target_id"),
    tinyint("status"),
    ...timestamps(),
  ]),
  table("gmo_proof_lists", [
    id(),
    varchar("order_number", 32),
    decimal("amount"),
    date("target_date"),
    ...timestamps(),
  ]),
  table("m_corporate_name_contracts", [
    id(),
    int("m_corporate_name_id"),
    varchar("contract_number", 32),
    ...timestamps(),
  ]),
  table("order_items", [id(), int("order_id"), int("item_id"), decimal("amount"), ...timestamps()]),
  table("other_clearings", [id(), int("payment_id"), decimal("amount"), date("cleared_date"), ...timestamps()]),
  table("pmc", [id(), varchar("name"), flag("is_active"), ...timestamps()]),
  table("work_reports", [id(), int("staff_id"), date("report_date"), text("body"), ...timestamps()]),
];

/** Created by a loader that put the schema's name inside the backticks: names with a dot, no rows. */
export const dottedTables: readonly Table[] = [
  table("staging.apartments", [id(), varchar("apartment_name"), ...timestamps()]),
  table("staging.movings", [id(), int("tenant_id"), ...timestamps()]),
  table("staging.tenants", [id(), varchar("full_name", 191, { default: "'NULL'" }), ...timestamps()]),
];
