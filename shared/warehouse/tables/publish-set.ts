import type { Connection, RowDataPacket } from "mysql2/promise";
import type { LayerSchemas } from "../../config/schemas-of.ts";
import { quoteName, quoteTable } from "./identifier.ts";

/** One table rename of a publication. */
export interface Rename {
  from: { schema: string; table: string };
  to: { schema: string; table: string };
}

/** Names of the base tables of a schema, sorted; empty when the schema does not exist. */
export async function listTables(connection: Connection, schema: string): Promise<string[]> {
  const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name`,
    [schema],
  );
  return rows.map((row) => row.name);
}

/** Creates the schema when it is missing, with the character set of all of Baton's tables. */
export async function ensureSchema(connection: Connection, schema: string): Promise<void> {
  await connection.query(
    `CREATE DATABASE IF NOT EXISTS ${quoteName(schema)} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  );
}

/** Drops these tables of a schema, if they exist. */
export async function dropTables(connection: Connection, schema: string, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await connection.query(`DROP TABLE IF EXISTS ${tables.map((table) => quoteTable(schema, table)).join(", ")}`);
}

/** Input of a set publication. */
export interface SetPlan {
  schemas: LayerSchemas;
  /** Tables of `schemas.next` that become live. */
  tables: readonly string[];
  /** Live tables that the new set no longer has: they move to the backup schema. */
  removed: readonly string[];
  /** Name in `schemas.backup` of the table that is replaced; by default the same name. */
  backupName?: (table: string) => string;
}

/**
 * Plans the renames that make a new set live: live -> backup and next -> live for each table, removed ones to the
 * backup. Other tables of the live schema are not changed.
 */
export async function planSet(connection: Connection, plan: SetPlan): Promise<Rename[]> {
  const { live, next, backup } = plan.schemas;
  const backupName = plan.backupName ?? ((table) => table);
  const present = new Set(await listTables(connection, live));
  const toBackup = [...plan.tables.filter((table) => present.has(table)), ...plan.removed];
  return [
    ...toBackup.map((table) => ({ from: { schema: live, table }, to: { schema: backup, table: backupName(table) } })),
    ...plan.tables.map((table) => ({ from: { schema: next, table }, to: { schema: live, table } })),
  ];
}

/**
 * Makes the planned set live in one statement: readers see the old set or the new one, never a mix or a gap
 * (MySQL Reference Manual, "RENAME TABLE Statement": atomic over all its tables).
 */
export async function renameAll(connection: Connection, renames: readonly Rename[]): Promise<void> {
  if (renames.length === 0) return;
  const moves = renames.map(
    ({ from, to }) => `${quoteTable(from.schema, from.table)} TO ${quoteTable(to.schema, to.table)}`,
  );
  await connection.query(`RENAME TABLE ${moves.join(", ")}`);
}
