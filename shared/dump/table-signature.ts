import { createHash } from "node:crypto";
import { quoteTable } from "../db/identifier.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableRecord } from "./table-records.ts";

/** Stands for a time of change that the server does not know (any more). */
const UNKNOWN = "-";
/** Up to this size a checksum takes less time than it takes for a second to pass. */
const QUICK_CHECKSUM_BYTES = 16 * 1024 * 1024;

/**
 * What the server says of tables, by name: a digest of the definition (without the AUTO_INCREMENT counter) and the
 * time of the last change, `1f2e...@2026-02-07 22:01:13`. It is the same before and after a RENAME.
 *
 * @param tables names to look at; those that are not there are left out
 */
export async function readSignatures(
  session: LoadSession,
  schema: string,
  tables: readonly string[],
): Promise<Map<string, string>> {
  const signatures = new Map<string, string>();
  if (tables.length === 0) return signatures;
  // MySQL 8 otherwise answers from statistics up to a day old; MariaDB does not know the variable
  await session.run("SET SESSION information_schema_stats_expiry = 0").catch(() => undefined);
  const [only] = tables.length === 1 ? tables : [];
  const rows = await session.rows<{ name: string; changed: string | null }>(
    `SELECT table_name AS name, DATE_FORMAT(update_time, '%Y-%m-%d %H:%i:%s') AS changed
      FROM information_schema.tables
      WHERE table_schema = ? AND table_type <> 'VIEW'${only === undefined ? "" : " AND table_name = ?"}`,
    [schema, ...(only === undefined ? [] : [only])],
  );
  const wanted = new Set(tables);
  for (const { name, changed } of rows) {
    if (!wanted.has(name)) continue;
    const [shown] = await session.rows<Record<string, string>>(`SHOW CREATE TABLE ${quoteTable(schema, name)}`);
    const definition = (shown?.["Create Table"] ?? "").replace(/ AUTO_INCREMENT=\d+/, "");
    const digest = createHash("sha256").update(definition).digest("hex").slice(0, 32);
    signatures.set(name, `${digest}@${changed ?? UNKNOWN}`);
  }
  return signatures;
}

/**
 * The signature to record of a table that was just loaded. The server tells the time of a change in whole seconds, so a
 * change within the very second of the load would not show: then a checksum is added, `...@2026-02-07 22:01:13#4101`,
 * or, for a large table, the second is waited for.
 *
 * @param bytes of the table's rows in the dump
 */
export async function signatureToRecord(
  session: LoadSession,
  schema: string,
  table: string,
  bytes: number,
): Promise<string> {
  const signature = (await readSignatures(session, schema, [table])).get(table) ?? "";
  const [clock] = await session.rows<{ now: string; rest: string }>(
    "SELECT DATE_FORMAT(NOW(), '%Y-%m-%d %H:%i:%s') AS now, 1.001 - MICROSECOND(NOW(6)) / 1000000 AS rest",
  );
  const [, changed = UNKNOWN] = signature.split("@");
  if (clock === undefined || changed === UNKNOWN || changed < clock.now) return signature;
  if (bytes <= QUICK_CHECKSUM_BYTES) return `${signature}#${await checksumOf(session, schema, table)}`;
  await session.run(`DO SLEEP(${Number(clock.rest)})`);
  return signature;
}

async function checksumOf(session: LoadSession, schema: string, table: string): Promise<string> {
  const [sum] = await session.rows<{ Checksum: string | number | null }>(`CHECKSUM TABLE ${quoteTable(schema, table)}`);
  return String(sum?.Checksum);
}

/**
 * True when a table is as it was recorded. The server forgets the time of the last change when it restarts; then the
 * checksum is compared if there is one, else the number of rows.
 *
 * @param signature of the table now; undefined when it is not there
 */
export async function isAsRecorded(
  session: LoadSession,
  schema: string,
  table: string,
  record: TableRecord,
  signature: string | undefined,
): Promise<boolean> {
  if (signature === undefined) return false;
  const [recorded = "", checksum] = record.signature.split("#");
  const [definition, changed] = signature.split("@");
  const isSame = signature === recorded;
  if (!isSame && (definition !== recorded.split("@")[0] || changed !== UNKNOWN)) return false;
  if (checksum !== undefined) return checksum === (await checksumOf(session, schema, table));
  if (isSame) return true;
  const [count] = await session.rows<{ rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM ${quoteTable(schema, table)}`);
  return Number(count?.rows) === record.rows;
}
