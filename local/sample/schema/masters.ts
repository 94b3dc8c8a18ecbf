import { decimal, flag, id, int, text, timestamp, timestamps, varchar } from "./column.ts";
import { master, type FillerTable } from "./filler-table.ts";

const named = (name: string, rows: number): FillerTable =>
  master(name, rows, [
    id(),
    varchar("name"),
    int("sort_order"),
    flag("is_visible"),
    ...timestamps(),
    timestamp("deleted_at"),
  ]);

/** Lists of codes and names, except m_nationalities: full size at every scale. */
export const masterTables: readonly FillerTable[] = [
  master("m_owners", 164, [
    id(),
    varchar("owner_name"),
    varchar("owner_name_kana"),
    varchar("tel", 32),
    varchar("email"),
    varchar("address"),
    text("memo"),
    ...timestamps(),
    timestamp("deleted_at"),
  ]),
  master("m_agents", 131, [
    id(),
    varchar("agent_name"),
    varchar("branch_name"),
    varchar("tel", 32),
    decimal("commission"),
    ...timestamps(),
    timestamp("deleted_at"),
  ]),
  master("mapping_definition", 113, [
    id(),
    varchar("source_column"),
    varchar("target_column"),
    varchar("rule"),
    ...timestamps(),
  ]),
  master("apartment_municipalities", 62, [
    id(),
    int("apartment_prefecture_id"),
    varchar("municipality", 64),
    varchar("municipality_en", 64),
  ]),
  named("m_sales_types", 35),
  master("items", 29, [
    id(),
    varchar("item_name"),
    decimal("price"),
    flag("is_taxable"),
    ...timestamps(),
    timestamp("deleted_at"),
  ]),
  master("proof_list_executions", 22, [
    id(),
    varchar("execution_number", 32),
    int("target_count"),
    flag("is_finished"),
  ]),
  named("m_black_list_reasons", 13),
  named("m_apartment_history_corporations", 11),
  named("m_moving_sites", 10),
  named("m_apartment_history_services", 8),
  named("m_personal_identities", 8),
  master("apartment_prefectures", 7, [id(), varchar("prefecture", 64), varchar("prefecture_en", 64)]),
  named("m_moving_reasons", 7),
  master("m_data_types", 6, [id(), varchar("name"), int("sort_order")]),
  named("m_next_apartments", 4),
  master("options", 3, [id(), varchar("option_key", 64), text("value")]),
  master("apartment_corporate_names", 2, [id(), int("apartment_id"), varchar("corporate_name")]),
  named("cash", 2),
  master("currency", 1, [id(), varchar("code", 3), varchar("symbol", 4), decimal("rate", 10, 4), ...timestamps()]),
  named("m_systems", 1),
  master("approvers", 1, [id(), int("user_id"), varchar("name"), ...timestamps()]),
];
