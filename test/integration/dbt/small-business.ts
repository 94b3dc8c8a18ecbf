import type { RowDataPacket } from "mysql2/promise";
import type { TestWarehouse } from "../../support/warehouse.ts";
import { quoteName, quoteTable } from "../../../shared/warehouse/tables/identifier.ts";
import { ensureSchema, listTables, planSet, renameAll } from "../../../shared/warehouse/tables/publish-set.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { schemasOf } from "../../../shared/config/schemas-of.ts";
import { describedProject } from "./dbt-yaml.ts";
import { RUN } from "./dbt-command.ts";

type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;
/** Rows of staging tables; columns that a row omits are NULL. */
export type Staging = Readonly<Record<string, readonly Row[]>>;

const FRESH = `${RUN.business_date} 00:00:00`;

/** A share house business in a few rows, with an example of every case that the models handle. */
export const smallBusiness = {
  apartments: [
    {
      id: 1,
      unique_number: "J0000001",
      apartment_name: "目黒ハウス",
      prefecture: "東京都",
      municipality: "目黒区",
      latitude: 35.63,
      longitude: 139.7,
      room_count: 3,
      vacancy_room_count: 1,
    },
    {
      id: 2,
      unique_number: "J0000002",
      apartment_name: "川崎ハウス",
      prefecture: "神奈川県",
      municipality: "川崎市",
      latitude: 35.53,
      longitude: 139.7,
      room_count: 2,
      vacancy_room_count: 0,
    },
  ],
  rooms: [
    { id: 1, apartment_id: 1, room_number: "101", rent: 50000, status: 1 },
    { id: 2, apartment_id: 1, room_number: "102", rent: 60000, status: 1 },
    { id: 3, apartment_id: 2, room_number: "201", rent: 70000, status: 1 },
  ],
  m_nationalities: [{ id: 1, nationality_name: "日本" }],
  tenants: [
    tenant({
      id: 1,
      last_name: "山田",
      full_name: "山田太郎",
      gender_type: 1,
      birth_date: "1990-05-01",
      nationality: "日本",
      status: 9,
    }),
    tenant({
      id: 2,
      last_name: "佐藤",
      full_name: "佐藤花子",
      gender_type: 2,
      birth_date: "2000-02-29",
      nationality: "日本",
      status: 17,
      reason_moveout: 2,
    }),
    tenant({
      id: 3,
      last_name: "田中",
      full_name: "田中商事",
      corporate_name: "田中商事",
      nationality: "日本",
      status: 4,
    }),
  ],
  movings: [
    moving({
      id: 1,
      tenant_id: 1,
      apartment_id: 1,
      room_id: 1,
      moving_agreement_type: 1,
      movein_decided_date: "2024-03-01 10:00:00",
      movein_date: "2024-04-01",
    }),
    moving({
      id: 2,
      tenant_id: 2,
      apartment_id: 2,
      room_id: 3,
      moving_agreement_type: 1,
      movein_decided_date: "2023-03-01 10:00:00",
      movein_date: "2023-04-01",
      moveout_receipt_date: "2026-01-05",
      moveout_date_integrated: "2026-02-05",
      is_moveout: 1,
    }),
    moving({
      id: 3,
      tenant_id: 3,
      apartment_id: 1,
      room_id: 2,
      moving_agreement_type: 2,
      movein_decided_date: "2026-02-06 10:00:00",
      movein_date: "2026-03-01",
    }),
  ],
  inquiries: [{ id: 1, tenant_id: 1, created_at: "2020-03-01 14:59:59", updated_at: FRESH }],
} satisfies Staging;

/** A tenant who changed recently. */
export function tenant(row: Row): Row {
  return { m_nationality_id: 1, created_at: "2023-01-01 00:00:00", updated_at: FRESH, ...row };
}

/** A valid contract that changed recently. */
export function moving(row: Row): Row {
  return {
    rent: 52000,
    move_renew_flag: 0,
    cancel_flag: 0,
    is_moveout: 0,
    created_at: "2023-01-01 00:00:00",
    updated_at: FRESH,
    ...row,
  };
}

/** Replaces the staging schema by these rows, in tables with the columns that the models read. */
export async function loadStaging(warehouse: TestWarehouse, staging: Staging): Promise<void> {
  const schema = `${warehouse.prefix}staging`;
  const connection = await connect(warehouse.config);
  try {
    await connection.query("SET SESSION sql_mode = '', time_zone = '+00:00'");
    await connection.query(`DROP DATABASE IF EXISTS ${quoteName(schema)}`);
    await ensureSchema(connection, schema);
    for (const table of describedProject().sources.get("staging") ?? []) {
      const columns = table.columns.map(
        ({ name, data_type }) =>
          `${quoteName(name)} ${data_type} ${name === "id" ? "NOT NULL PRIMARY KEY" : "NULL DEFAULT NULL"}`,
      );
      await connection.query(`CREATE TABLE ${quoteTable(schema, table.name)} (${columns.join(", ")})`);
      for (const row of staging[table.name] ?? []) {
        await connection.query(`INSERT INTO ${quoteTable(schema, table.name)} SET ?`, [row]);
      }
    }
  } finally {
    await connection.end();
  }
}

/** Publishes the tables that a layer has built, as its function does. */
export async function publish(warehouse: TestWarehouse, layer: "silver" | "gold"): Promise<void> {
  const connection = await connect(warehouse.config);
  try {
    for (const name of layer === "silver" ? ["seeds", "silver"] : ["gold"]) {
      const schemas = schemasOf(warehouse.prefix, name);
      await ensureSchema(connection, schemas.live);
      await connection.query(`DROP DATABASE IF EXISTS ${quoteName(schemas.backup)}`);
      await ensureSchema(connection, schemas.backup);
      const tables = await listTables(connection, schemas.next);
      await renameAll(connection, await planSet(connection, { schemas, tables, removed: [] }));
    }
  } finally {
    await connection.end();
  }
}

/** All rows of a table of the warehouse, in the order of its primary key. */
export async function rowsOf(warehouse: TestWarehouse, schema: string, table: string): Promise<RowDataPacket[]> {
  const key = (describedProject().tables[layerOf(schema)] ?? []).find(({ name }) => name === table);
  const order = key?.config?.meta?.primary_key.map(quoteName).join(", ") ?? "1";
  const [rows] = await warehouse.pool.query<RowDataPacket[]>({
    sql: `SELECT * FROM ${quoteTable(warehouse.prefix + schema, table)} ORDER BY ${order}`,
    dateStrings: true,
  });
  return rows;
}

/** All rows of all tables of a layer, for comparing two states. */
export async function allRowsOf(
  warehouse: TestWarehouse,
  layer: "silver" | "gold",
  schema: string = layer,
): Promise<Record<string, RowDataPacket[]>> {
  const tables = describedProject().tables[layer].map(({ name }) => name);
  return Object.fromEntries(
    await Promise.all(tables.map(async (table) => [table, await rowsOf(warehouse, schema, table)] as const)),
  );
}

function layerOf(schema: string): "seeds" | "silver" | "gold" {
  if (schema.startsWith("seeds")) return "seeds";
  return schema.startsWith("silver") ? "silver" : "gold";
}
