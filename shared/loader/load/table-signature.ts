import { createHash } from "node:crypto";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableRecord } from "./table-records.ts";

/** Replaces a change time that the server does not know or has lost. */
const UNKNOWN = "-";
/** Speed at which the server computes a table's checksum, bytes of the dump per millisecond; measured. */
const CHECKSUM_BYTES_PER_MS = 300_000;

/**
 * Returns the server's signatures of tables, by name: a digest of the definition (without the AUTO_INCREMENT counter)
 * and the time of the last change, `1f2e...@2026-02-07 22:01:13`. A RENAME does not change it.
 *
 * @param tables names of the tables; missing tables are left out
 * @param earlier signatures of tables whose definition did not change since
 */
export async function readSignatures(
  session: LoadSession,
  schema: string,
  tables: readonly string[],
  earlier: ReadonlyMap<string, string> = new Map<string, string>(),
): Promise<Map<string, string>> {
  const signatures = new Map<string, string>();
  if (tables.length === 0) return signatures;
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
    const digest = earlier.get(name)?.split("@")[0] ?? (await digestOf(session, quoteTable(schema, name)));
    signatures.set(name, `${digest}@${changed ?? UNKNOWN}`);
  }
  return signatures;
}

async function digestOf(session: LoadSession, table: string): Promise<string> {
  const [shown] = await session.rows<Record<string, string>>(`SHOW CREATE TABLE ${table}`);
  const definition = (shown?.["Create Table"] ?? "").replace(/ AUTO_INCREMENT=\d+/, "");
  return createHash("sha256").update(definition).digest("hex").slice(0, 32);
}

/**
 * Returns the signatures to record of tables that were just loaded, by name. The server reports change times in whole
 * seconds, so a change in the same second as the load would not be visible. For tables loaded in the current second,
 * either a checksum is added, `...@2026-02-07 22:01:13#4101`, or the function waits for the next second, whichever
 * takes less time.
 *
 * @param tables with the bytes of their rows in the dump
 * @param earlier their signatures when they were complete
 */
export async function signaturesToRecord(
  session: LoadSession,
  schema: string,
  tables: readonly { name: string; bytes: number }[],
  earlier: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const names = tables.map(({ name }) => name);
  const signatures = await readSignatures(session, schema, names, earlier);
  const [clock] = await session.rows<{ now: string; restMs: number }>(
    `SELECT ${inSeconds("NOW()")} AS now, (1000000 - MICROSECOND(NOW(6))) / 1000 AS restMs`,
  );
  const fresh = tables.filter(({ name }) => {
    const changed = changeTimeOf(signatures.get(name) ?? "");
    return clock !== undefined && changed !== UNKNOWN && changed >= clock.now;
  });
  // on a server without change times, only a checksum shows a change
  const untimed = tables.filter(({ name }) => changeTimeOf(signatures.get(name) ?? "") === UNKNOWN);
  for (const { name } of untimed) await addChecksum(session, schema, name, signatures);
  if (clock === undefined || fresh.length === 0) return signatures;
  // computed twice: for the record, and later for the comparison
  const checksumsMs = (2 * fresh.reduce((sum, { bytes }) => sum + bytes, 0)) / CHECKSUM_BYTES_PER_MS;
  if (checksumsMs > Number(clock.restMs)) {
    await session.run(`DO SLEEP(${(Number(clock.restMs) + 1) / 1_000})`);
    return signatures;
  }
  for (const { name } of fresh) await addChecksum(session, schema, name, signatures);
  return signatures;
}

async function addChecksum(
  session: LoadSession,
  schema: string,
  name: string,
  signatures: Map<string, string>,
): Promise<void> {
  const signature = signatures.get(name);
  if (signature !== undefined) signatures.set(name, `${signature}#${await checksumOf(session, schema, name)}`);
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

/** What is sufficient for a table without a checksum when the server has lost the time of its last change. */
export type WithoutChangeTime = "rows-counted" | "differs";

/**
 * Returns the tables that still match their record, by name. The server loses the time of the last change when it
 * restarts; then the checksum is compared. A table without a checksum then counts as changed, because nothing else
 * shows an edit; in `next`, where only loads write, its number of rows is sufficient. A matching checksum is removed
 * from the record once the change time is sufficient.
 */
export async function asRecorded(
  session: LoadSession,
  schema: string,
  recorded: ReadonlyMap<string, TableRecord>,
  withoutChangeTime: WithoutChangeTime,
): Promise<Map<string, TableRecord>> {
  const found = new Map<string, TableRecord>();
  const signatures = await readSignatures(session, schema, [...recorded.keys()]);
  if (signatures.size === 0) return found;
  const [clock] = await session.rows<{ now: string }>(`SELECT ${inSeconds("NOW()")} AS now`);
  for (const [name, record] of recorded) {
    const signature = signatures.get(name);
    if (signature === undefined) continue;
    const match = await compareWithRecord(session, schema, { name, record, signature });
    if (match === "different" || (match === "count-only" && withoutChangeTime === "differs")) continue;
    const changed = changeTimeOf(signature);
    const isSettled = changed !== UNKNOWN && clock !== undefined && changed < clock.now;
    found.set(name, isSettled ? { ...record, signature } : record);
  }
  return found;
}

type Match = "same" | "different" | "count-only";

async function compareWithRecord(
  session: LoadSession,
  schema: string,
  { name, record, signature }: { name: string; record: TableRecord; signature: string },
): Promise<Match> {
  const [recorded = "", checksum] = record.signature.split("#");
  const [definition] = signature.split("@");
  const isTimeUnknown = changeTimeOf(signature) === UNKNOWN;
  if (definition !== recorded.split("@")[0] || (signature !== recorded && !isTimeUnknown)) return "different";
  if (checksum !== undefined) return checksum === (await checksumOf(session, schema, name)) ? "same" : "different";
  if (!isTimeUnknown) return "same";
  const [count] = await session.rows<{ rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM ${quoteTable(schema, name)}`);
  return Number(count?.rows) === record.rows ? "count-only" : "different";
}
