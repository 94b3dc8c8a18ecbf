import { createHash } from "node:crypto";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableRecord } from "./table-records.ts";

/** Replaces a change time that the server does not know or has lost. */
const UNKNOWN = "-";
/** Speed at which the server computes a table's checksum, bytes of the dump per millisecond; measured. */
const CHECKSUM_BYTES_PER_MS = 300_000;

/** A server forgets the change times of tables that its cache of definitions, 400 by default, has no room for. */
const CACHED_TABLES = 400;
/** Up to this number, a query names its tables; above, it reads the whole schema. */
const NAMED_TABLES = 100;

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
  const named = tables.length <= NAMED_TABLES ? tables : [];
  const rows = await session.rows<{ name: string; changed: string | null }>(
    `SELECT table_name AS name, ${inSeconds("update_time")} AS changed
      FROM information_schema.tables
      WHERE table_schema = ? AND table_type <> 'VIEW'${named.length > 0 ? ` AND table_name IN (${marksOf(named)})` : ""}`,
    [schema, ...named],
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
 * either a checksum replaces the time, `...@-#4101`, or the function waits for the next second, whichever takes less
 * time. A checksum is also added where the server does not know the time or might forget it.
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
    const changed = partsOf(signatures.get(name) ?? "").changed;
    return clock !== undefined && changed !== UNKNOWN && changed >= clock.now;
  });
  // computed twice: for the record, and later for the comparison
  const checksumsMs = (2 * fresh.reduce((sum, { bytes }) => sum + bytes, 0)) / CHECKSUM_BYTES_PER_MS;
  const waits = clock !== undefined && checksumsMs > Number(clock.restMs);
  if (waits) await session.run(`DO SLEEP(${(Number(clock.restMs) + 1) / 1_000})`);
  const untimed = new Set((waits ? [] : fresh).map(({ name }) => name));
  const summed = names.filter(
    (name) =>
      names.length > CACHED_TABLES || untimed.has(name) || partsOf(signatures.get(name) ?? "").changed === UNKNOWN,
  );
  for (const [name, sum] of await checksumsOf(session, schema, summed)) {
    const { digest, changed } = partsOf(signatures.get(name) ?? "");
    signatures.set(name, `${digest}@${untimed.has(name) ? UNKNOWN : changed}#${sum}`);
  }
  return signatures;
}

function inSeconds(time: string): string {
  return `DATE_FORMAT(${time}, '%Y-%m-%d %H:%i:%s')`;
}

function marksOf(values: readonly string[]): string {
  return values.map(() => "?").join(", ");
}

/** The parts of a signature; the time of the last change is `YYYY-MM-DD HH:MM:SS`. */
function partsOf(signature: string): { digest: string; changed: string; checksum: string | undefined } {
  const [, digest = "", changed = UNKNOWN, checksum] = /^([^@]*)@([^#]*)(?:#(.*))?$/.exec(signature) ?? [];
  return { digest, changed, checksum };
}

/** Returns the server's checksums of tables, by name. */
async function checksumsOf(
  session: LoadSession,
  schema: string,
  tables: readonly string[],
): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (let at = 0; at < tables.length; at += NAMED_TABLES) {
    const names = tables.slice(at, at + NAMED_TABLES);
    const rows = await session.rows<{ Checksum: string | number | null }>(
      `CHECKSUM TABLE ${names.map((name) => quoteTable(schema, name)).join(", ")}`,
    );
    // in the order of the statement
    for (const [index, name] of names.entries()) sums.set(name, String(rows[index]?.Checksum));
  }
  return sums;
}

/** What is sufficient for a table without a checksum when the server has lost the time of its last change. */
export type WithoutChangeTime = "rows-counted" | "differs";

/**
 * Returns the tables that still match their record, by name. The server loses the time of the last change when it
 * restarts or when it has too many tables; then the checksum is compared. A table without a checksum then counts as
 * changed, because nothing else shows an edit; in `next`, where only loads write, its number of rows is sufficient.
 * The record gets the change time in place of the checksum once that time is sufficient.
 *
 * @param earlier signatures of the tables that were read a moment ago
 */
export async function asRecorded(
  session: LoadSession,
  schema: string,
  recorded: ReadonlyMap<string, TableRecord>,
  withoutChangeTime: WithoutChangeTime,
  earlier?: ReadonlyMap<string, string>,
): Promise<Map<string, TableRecord>> {
  const found = new Map<string, TableRecord>();
  const signatures = await readSignatures(session, schema, [...recorded.keys()], earlier);
  if (signatures.size === 0) return found;
  const [clock] = await session.rows<{ now: string }>(`SELECT ${inSeconds("NOW()")} AS now`);
  const pairs = [...recorded].flatMap(([name, record]) => {
    const [now, before] = [partsOf(signatures.get(name) ?? ""), partsOf(record.signature)];
    const isTimed = now.changed !== UNKNOWN && before.changed !== UNKNOWN;
    const isSame = now.digest === before.digest && (!isTimed || now.changed === before.changed);
    return isSame && signatures.has(name) ? [{ name, record, now, before, isTimed }] : [];
  });
  const summed = pairs.flatMap(({ name, before, isTimed }) => (isTimed || before.checksum === undefined ? [] : [name]));
  const sums = await checksumsOf(session, schema, summed);
  for (const { name, record, now, before, isTimed } of pairs) {
    if (before.checksum !== sums.get(name) && sums.has(name)) continue;
    const isProven = isTimed || sums.has(name);
    if (!isProven && (withoutChangeTime === "differs" || (await countRows(session, schema, name)) !== record.rows))
      continue;
    const isSettled = now.changed !== UNKNOWN && clock !== undefined && now.changed < clock.now;
    const sum = recorded.size > CACHED_TABLES && before.checksum !== undefined ? `#${before.checksum}` : "";
    found.set(name, isSettled ? { ...record, signature: `${now.digest}@${now.changed}${sum}` } : record);
  }
  return found;
}

/** Counts the rows of a table on the server. */
export async function countRows(session: LoadSession, schema: string, name: string): Promise<number> {
  const [count] = await session.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM ${quoteTable(schema, name)}`);
  return Number(count?.n);
}
