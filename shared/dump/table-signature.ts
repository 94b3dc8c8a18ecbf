import { createHash } from "node:crypto";
import { quoteTable } from "../db/identifier.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableRecord } from "./table-records.ts";

/** Stands for a time of change that the server does not know (any more). */
const UNKNOWN = "-";

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
  const rows = await session.rows<{ name: string; changed: string | null }>(
    `SELECT table_name AS name, DATE_FORMAT(update_time, '%Y-%m-%d %H:%i:%s') AS changed
      FROM information_schema.tables WHERE table_schema = ? AND table_type <> 'VIEW'`,
    [schema],
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
 * True when a table is as it was recorded. The server forgets the time of the last change when it restarts; then the
 * number of rows is compared.
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
  if (signature === record.signature) return true;
  const [definition, changed] = signature.split("@");
  if (definition !== record.signature.split("@")[0] || changed !== UNKNOWN) return false;
  const [count] = await session.rows<{ rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM ${quoteTable(schema, table)}`);
  return Number(count?.rows) === record.rows;
}
