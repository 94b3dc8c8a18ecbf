import { setTimeout as wait } from "node:timers/promises";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { TransientError } from "../../errors/errors.ts";

/** A killed statement rolls back what it did; a long one takes its time. */
const END_MS = 30_000;
const POLL_MS = 50;

interface SessionRow extends RowDataPacket {
  id: number;
}

/** Sessions of the same database user whose default schema is the layer's `<layer>_next`: see `workingIn`. */
async function sessionsIn(connection: Connection, schema: string): Promise<number[]> {
  const [rows] = await connection.query<SessionRow[]>(
    `SELECT id AS id FROM information_schema.processlist
      WHERE db = ? AND user = SUBSTRING_INDEX(USER(), '@', 1) AND id <> CONNECTION_ID()`,
    [schema],
  );
  return rows.map(({ id }) => id);
}

/**
 * Ends the sessions of earlier attempts that still work in the schema where the layer is built: a server goes on with a
 * statement whose client was killed, and so does a child whose parent was. The caller holds the layer's lock and has
 * claimed the attempt, so that no session of theirs can begin anew.
 *
 * @returns how many were ended
 * @throws TransientError PREDECESSOR_AT_WORK when one does not end in time
 */
export async function endPredecessors(connection: Connection, schema: string): Promise<number> {
  const ended = new Set<number>();
  const deadline = Date.now() + END_MS;
  for (;;) {
    const sessions = await sessionsIn(connection, schema);
    if (sessions.length === 0) return ended.size;
    if (Date.now() > deadline) {
      throw new TransientError(
        "PREDECESSOR_AT_WORK",
        `sessions ${sessions.join(", ")} of an earlier attempt still work in ${schema}, ${END_MS / 1_000} s after KILL`,
        { kind: "database", advice: "They roll back. If they never end: SHOW PROCESSLIST, then restart the database." },
      );
    }
    for (const id of sessions.filter((session) => !ended.has(session))) {
      ended.add(id);
      // it may have ended by itself
      await connection.query(`KILL ${id}`).catch(() => undefined);
    }
    await wait(POLL_MS);
  }
}
