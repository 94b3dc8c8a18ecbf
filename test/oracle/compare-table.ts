import type { Pool } from "mysql2/promise";
import { quoteTable } from "../../shared/warehouse/tables/identifier.ts";
import { readRows, type Row, type Value } from "./read-rows.ts";

/** The grain of each table. */
const keys: Readonly<Record<string, readonly string[]>> = {
  code_gender: ["code"],
  code_tenant_status: ["code"],
  code_contract_type: ["code"],
  code_personal_identity: ["code"],
  code_affiliation_type: ["code"],
  code_moveout_reason: ["code"],
  stg_apartments: ["apartment_id"],
  stg_rooms: ["room_id"],
  stg_tenants: ["tenant_id"],
  stg_movings: ["moving_id"],
  stg_inquiries: ["inquiry_id"],
  int_contracts: ["contract_id"],
  tenant_status_history: ["tenant_id", "valid_from"],
  new_contracts: ["contract_id"],
  moveouts: ["contract_id"],
  moveout_notices: ["contract_id"],
  moveout_notices_monthly: ["notice_month", "tenant_type", "prefecture"],
  moveout_analysis: ["contract_id"],
  moveout_summary: ["moveout_date", "rent_range", "prefecture", "tenant_type"],
  daily_activity_summary: ["activity_date", "tenant_type"],
  tenant_status_transitions: ["tenant_id", "effective_date"],
};

/** How many differences are told of each kind. */
const SHOWN = 5;

function byKey(rows: readonly Row[], key: readonly string[]): Map<string, Row> {
  return new Map(rows.map((row) => [key.map((name) => `${name}=${row[name] ?? "NULL"}`).join(" "), row]));
}

function shown(value: Value | undefined): string {
  return value === undefined ? "(no such column)" : JSON.stringify(value);
}

function some(title: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return [];
  const more = entries.length > SHOWN ? [`    ... and ${entries.length - SHOWN} more`] : [];
  return [`  ${title} (${entries.length}):`, ...entries.slice(0, SHOWN).map((entry) => `    ${entry}`), ...more];
}

/**
 * What differs between a table and the rows that it should have, in lines for people; none when they are equal.
 * run_id is left out.
 */
export function differences(table: string, actual: readonly Row[], expected: readonly Row[]): string[] {
  const key = keys[table];
  if (key === undefined) throw new RangeError(`the grain of ${table} isn't known`);
  const [found, wanted] = [byKey(actual, key), byKey(expected, key)];
  const repeated = actual.length - found.size;
  const columnsOf = (rows: readonly Row[]): Set<string> =>
    new Set(rows.flatMap((row, index) => (index === 0 ? Object.keys(row) : [])));
  const [foundColumns, wantedColumns] = [columnsOf(actual), columnsOf(expected)];
  const compared = [...wantedColumns].filter((name) => name !== "run_id" && foundColumns.has(name));
  const cells = new Map<string, string[]>();
  for (const [id, row] of wanted) {
    const other = found.get(id);
    if (other === undefined) continue;
    for (const name of compared) {
      if (other[name] === row[name]) continue;
      const list = cells.get(name) ?? [];
      cells.set(name, list);
      list.push(`${id}: ${shown(other[name])}, expected ${shown(row[name])}`);
    }
  }
  const bothHaveRows = actual.length > 0 && expected.length > 0;
  const lines = [
    ...(repeated > 0 ? [`  ${repeated} rows repeat a key`] : []),
    ...some(
      "rows missing",
      [...wanted.keys()].filter((id) => !found.has(id)),
    ),
    ...some(
      "rows too many",
      [...found.keys()].filter((id) => !wanted.has(id)),
    ),
    ...some("columns missing", bothHaveRows ? [...wantedColumns].filter((name) => !foundColumns.has(name)) : []),
    ...some("columns too many", bothHaveRows ? [...foundColumns].filter((name) => !wantedColumns.has(name)) : []),
    ...[...cells].flatMap(([name, list]) => some(`${name} differs`, list)),
  ];
  return lines.length === 0 ? [] : [`${table}: ${actual.length} rows, expected ${expected.length}`, ...lines];
}

/** What differs between a table of the warehouse and the rows that it should have; none when they are equal. */
export async function differencesFrom(
  pool: Pool,
  schema: string,
  table: string,
  expected: readonly Row[],
): Promise<string[]> {
  const actual = await readRows(pool, `SELECT * FROM ${quoteTable(schema, table)}`);
  return differences(table, actual, expected);
}
