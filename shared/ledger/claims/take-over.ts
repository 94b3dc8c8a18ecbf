import type { Connection, RowDataPacket } from "mysql2/promise";
import { errnoOf } from "../../warehouse/connection/errno-of.ts";

/** A killed connection releases its locks within this time, unless it rolls a long statement back. */
const KILL_SECONDS = 10;

/** The single value that a query returns. */
export async function scalar(
  connection: Connection,
  sql: string,
  values: readonly (string | number)[],
): Promise<number | null> {
  const [[row]] = await connection.query<(RowDataPacket & { answer: number | null })[]>(sql, [...values]);
  return row?.answer ?? null;
}

/** Takes a named lock; false when another session holds it after so many seconds. */
export async function takeLock(connection: Connection, name: string, seconds: number): Promise<boolean> {
  return (await scalar(connection, "SELECT GET_LOCK(?, ?) AS answer", [name, seconds])) === 1;
}

/**
 * Kills the connection of an attempt that has had no heartbeat for `idleSeconds`, and takes its lock.
 *
 * @param connection its default schema is the ledger's
 * @returns false when the holder is alive, is not an attempt, or belongs to another database user, whose functions kill it
 */
export async function takeOver(
  connection: Connection,
  { name, layer, idleSeconds }: { name: string; layer: string; idleSeconds: number },
): Promise<boolean> {
  const holder = await scalar(connection, "SELECT IS_USED_LOCK(?) AS answer", [name]);
  if (holder === null) return takeLock(connection, name, 0);
  const isDead = await scalar(
    connection,
    // the newest attempt on this connection: an ended run's heartbeat stops as a dead function's does
    `SELECT heartbeat_at < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND AS answer
      FROM layer_run JOIN attempt USING (run_id, layer)
      WHERE layer = ? AND connection_id = ? ORDER BY attempt.started_at DESC LIMIT 1`,
    [Math.round(idleSeconds * 1e6), layer, holder],
  );
  if (isDead !== 1) return false;
  if (!(await kill(connection, holder))) return false;
  return takeLock(connection, name, KILL_SECONDS);
}

/**
 * Kills a session, unless it has already ended.
 *
 * @returns false when it belongs to another user
 * @see MySQL Error Message Reference, 1094 ER_NO_SUCH_THREAD and 1095 ER_KILL_DENIED_ERROR
 */
async function kill(connection: Connection, id: number): Promise<boolean> {
  try {
    await connection.query(`KILL ${id}`);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 1094 && errno !== 1095) throw error;
    return errno === 1094;
  }
}
