import type { Connection, RowDataPacket } from "mysql2/promise";
import type { LayerSchemas } from "../../config/schemas-of.ts";
import { quoteName, quoteTable } from "./identifier.ts";

/** One table rename of a publication. */
export interface Rename {
  from: { schema: string; table: string };
  to: { schema: string; table: string };
}

/** The tables and views of a schema by name, sorted; empty when the schema does not exist. */
export async function listRelations(connection: Connection, schema: string): Promise<Map<string, "table" | "view">> {
  const [rows] = await connection.query<(RowDataPacket & { name: string; type: string })[]>(
    `SELECT table_name AS name, table_type AS type FROM information_schema.tables
      WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW') ORDER BY table_name`,
    [schema],
  );
  return new Map(rows.map(({ name, type }) => [name, type === "VIEW" ? "view" : "table"]));
}

/** Names of the base tables of a schema, sorted; empty when the schema does not exist. */
export async function listTables(connection: Connection, schema: string): Promise<string[]> {
  return [...(await listRelations(connection, schema))].flatMap(([name, kind]) => (kind === "table" ? [name] : []));
}

/**
 * Creates the schema when it is missing.
 *
 * @param like an existing schema with the same default collation; `utf8mb4_unicode_ci` without it
 */
export async function ensureSchema(connection: Connection, schema: string, like?: string): Promise<void> {
  // CREATE DATABASE IF NOT EXISTS waits for every session that has locked a table of it
  const collationOf = "(SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = ?)";
  const [[found]] = await connection.query<(RowDataPacket & { own: string | null; wanted: string | null })[]>(
    `SELECT ${collationOf} AS own, ${collationOf} AS wanted`,
    [schema, like ?? schema],
  );
  if (found !== undefined && found.own !== null) return;
  const collation = found?.wanted ?? "utf8mb4_unicode_ci";
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(schema)} DEFAULT COLLATE ${collation}`);
}

/** Drops these tables of a schema, if they exist. */
export async function dropTables(connection: Connection, schema: string, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await connection.query(`DROP TABLE IF EXISTS ${tables.map((table) => quoteTable(schema, table)).join(", ")}`);
}

/** Drops all tables and views of a schema. */
export async function emptySchema(connection: Connection, schema: string): Promise<void> {
  for (const [name, kind] of await listRelations(connection, schema)) {
    await connection.query(`DROP ${kind === "view" ? "VIEW" : "TABLE"} IF EXISTS ${quoteTable(schema, name)}`);
  }
}

/** Input of a set publication. */
export interface SetPlan {
  schemas: LayerSchemas;
  /** Tables of `schemas.next` that become live. */
  tables: readonly string[];
  /** Live tables that the new set no longer has: they move to the backup schema. */
  removed: readonly string[];
}

/**
 * Plans the renames that make a new set live: live -> backup and next -> live for each table, removed ones to the
 * backup schema, under their own names. Tables of the live schema that are not named stay as they are.
 */
export async function planSet(connection: Connection, { schemas, tables, removed }: SetPlan): Promise<Rename[]> {
  const { live, next, backup } = schemas;
  const present = new Set(await listTables(connection, live));
  const replaced = [...tables.filter((table) => present.has(table)), ...removed];
  return [
    ...replaced.map((table) => ({ from: { schema: live, table }, to: { schema: backup, table } })),
    ...tables.map((table) => ({ from: { schema: next, table }, to: { schema: live, table } })),
  ];
}

/**
 * Makes the planned set live in one statement: readers see the old set or the new one, never a mix or a gap.
 *
 * @see MySQL Reference Manual, "RENAME TABLE Statement": atomic over all its tables
 */
export async function renameAll(connection: Connection, renames: readonly Rename[]): Promise<void> {
  if (renames.length === 0) return;
  const moves = renames.map(
    ({ from, to }) => `${quoteTable(from.schema, from.table)} TO ${quoteTable(to.schema, to.table)}`,
  );
  await connection.query(`RENAME TABLE ${moves.join(", ")}`);
}
