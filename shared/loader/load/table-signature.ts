import { createHash } from "node:crypto";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableRecord } from "./table-records.ts";

/** Stands for a time of change that the server does not know (any more). */
const UNKNOWN = "-";
/** The server's pace at reading a table for its checksum, bytes of the dump per millisecond; measured. */
const CHECKSUM_BYTES_PER_MS = 300_000;

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
    `SELECT table_name AS name, ${inSeconds("update_time")} AS changed
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
 * The signatures to record of tables that were just loaded, by name. The server tells the time of a change in whole
 * seconds, so a change within the very second of the load would not show: for tables that were filled in the present
 * second a checksum is added, `...@2026-02-07 22:01:13#4101`, or the second is waited for, whichever takes less time.
 *
 * @param tables with the bytes of their rows in the dump
 */
export async function signaturesToRecord(
  session: LoadSession,
  schema: string,
  tables: readonly { name: string; bytes: number }[],
): Promise<Map<string, string>> {
  const names = tables.map(({ name }) => name);
  const signatures = await readSignatures(session, schema, names);
  const [clock] = await session.rows<{ now: string; restMs: number }>(
    `SELECT ${inSeconds("NOW()")} AS now, (1000000 - MICROSECOND(NOW(6))) / 1000 AS restMs`,
  );
  const fresh = tables.filter(({ name }) => {
    const changed = changeTimeOf(signatures.get(name) ?? "");
    return clock !== undefined && changed !== UNKNOWN && changed >= clock.now;
  });
  if (clock === undefined || fresh.length === 0) return signatures;
  // taken twice: for the record, and when it is compared
  const checksumsMs = (2 * fresh.reduce((sum, { bytes }) => sum + bytes, 0)) / CHECKSUM_BYTES_PER_MS;
  if (checksumsMs > Number(clock.restMs)) {
    await session.run(`DO SLEEP(${(Number(clock.restMs) + 1) / 1_000})`);
    return signatures;
  }
  for (const { name } of fresh) {
    signatures.set(name, `${signatures.get(name) ?? ""}#${await checksumOf(session, schema, name)}`);
  }
  return signatures;
}

function inSeconds(time: string): string {
  return `DATE_FORMAT(${time}, '%Y-%m-%d %H:%i:%s')`;
}

/** Time of the last change in a signature, `YYYY-MM-DD HH:MM:SS`. */
function changeTimeOf(signature: string): string {
  return /@([^#]*)/.exec(signature)?.[1] ?? UNKNOWN;
}

async function checksumOf(session: LoadSession, schema: string, table: string): Promise<string> {
  const [sum] = await session.rows<{ Checksum: string | number | null }>(`CHECKSUM TABLE ${quoteTable(schema, table)}`);
  return String(sum?.Checksum);
}

/**
 * Those of the recorded tables that the server holds as they were recorded, by name. The server forgets the time of the
 * last change when it restarts; then the checksum is compared if there is one, else the number of rows. A checksum that
 * held is left out of the record as soon as the time tells enough.
 */
export async function asRecorded(
  session: LoadSession,
  schema: string,
  recorded: ReadonlyMap<string, TableRecord>,
): Promise<Map<string, TableRecord>> {
  const found = new Map<string, TableRecord>();
  const signatures = await readSignatures(session, schema, [...recorded.keys()]);
  if (signatures.size === 0) return found;
  const [clock] = await session.rows<{ now: string }>(`SELECT ${inSeconds("NOW()")} AS now`);
  for (const [name, record] of recorded) {
    const signature = signatures.get(name);
    if (signature === undefined || !(await isAsRecorded(session, schema, name, record, signature))) continue;
    const changed = changeTimeOf(signature);
    const isSettled = changed !== UNKNOWN && clock !== undefined && changed < clock.now;
    found.set(name, isSettled ? { ...record, signature } : record);
  }
  return found;
}

async function isAsRecorded(
  session: LoadSession,
  schema: string,
  table: string,
  record: TableRecord,
  signature: string,
): Promise<boolean> {
  const [recorded = "", checksum] = record.signature.split("#");
  const [definition] = signature.split("@");
  const isSame = signature === recorded;
  if (!isSame && (definition !== recorded.split("@")[0] || changeTimeOf(signature) !== UNKNOWN)) return false;
  if (checksum !== undefined) return checksum === (await checksumOf(session, schema, table));
  if (isSame) return true;
  const [count] = await session.rows<{ rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM ${quoteTable(schema, table)}`);
  return Number(count?.rows) === record.rows;
}
