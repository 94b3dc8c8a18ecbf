import type { Connection, RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../../config/schemas-of.ts";
import { quoteName } from "../../warehouse/tables/identifier.ts";
import { TransientError } from "../../errors/errors.ts";
import { migrations } from "./migrations.ts";

const LOCK_SECONDS = 30;

async function appliedVersions(connection: Connection, schema: string): Promise<Set<number>> {
  const [tables] = await connection.query<RowDataPacket[]>(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'migration'",
    [schema],
  );
  if (tables.length === 0) return new Set();
  const [rows] = await connection.query<(RowDataPacket & { version: number })[]>(
    `SELECT version FROM ${quoteName(schema)}.migration`,
  );
  return new Set(rows.map((row) => row.version));
}

/** True when the ledger has the newest version of its schema. */
export async function isMigrated(connection: Connection, schema: string): Promise<boolean> {
  return (await appliedVersions(connection, schema)).has(migrations.at(-1)?.version ?? 0);
}

/**
 * Brings the ledger's schema to the newest version and makes it the connection's default schema. Quick when there is
 * nothing to do; safe when several functions start at once.
 *
 * @throws TransientError LEDGER_MIGRATION_BUSY when another session migrates for longer than 30 seconds
 */
export async function migrate(connection: Connection, schemaPrefix: string): Promise<void> {
  const schema = ledgerSchemaOf(schemaPrefix);
  if (!(await isMigrated(connection, schema))) await applyMissing(connection, schema);
  await connection.query(`USE ${quoteName(schema)}`);
}

/** DDL commits implicitly: after an interrupted migration, statements that are already done are skipped. */
async function applyOnce(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.query(statement.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS "));
  } catch (error) {
    // an ALTER adds all its columns or none
    const isDone = statement.startsWith("ALTER TABLE") && errorCode(error) === "ER_DUP_FIELDNAME";
    if (!isDone) throw error;
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

async function applyMissing(connection: Connection, schema: string): Promise<void> {
  const lock = `baton:migrate:${schema}`;
  const [[row]] = await connection.query<(RowDataPacket & { locked: number | null })[]>(
    "SELECT GET_LOCK(?, ?) AS locked",
    [lock, LOCK_SECONDS],
  );
  if (row?.locked !== 1) {
    throw new TransientError("LEDGER_MIGRATION_BUSY", `another session is migrating the ledger ${schema}`, {
      kind: "database",
      retryAfterSeconds: LOCK_SECONDS,
    });
  }
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(schema)}
      DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    await connection.query(`USE ${quoteName(schema)}`);
    await connection.query(`CREATE TABLE IF NOT EXISTS migration (
      version int NOT NULL PRIMARY KEY, name varchar(255) NOT NULL, applied_at datetime(6) NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
    const applied = await appliedVersions(connection, schema);
    for (const migration of migrations.filter(({ version }) => !applied.has(version))) {
      for (const statement of migration.statements) {
        await applyOnce(connection, statement);
      }
      await connection.query("INSERT INTO migration (version, name, applied_at) VALUES (?, ?, UTC_TIMESTAMP(6))", [
        migration.version,
        migration.name,
      ]);
    }
  } finally {
    await connection.query("SELECT RELEASE_LOCK(?)", [lock]);
  }
}
