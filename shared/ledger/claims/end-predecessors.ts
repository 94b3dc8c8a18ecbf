import { setTimeout as wait } from "node:timers/promises";
import type { Connection } from "mysql2/promise";
import { TransientError } from "../../errors/errors.ts";
import { listSessions } from "../../warehouse/connection/list-sessions.ts";

/** A killed statement rolls back its changes, which can take long. */
const END_MS = 30_000;
const POLL_MS = 50;

/** Sessions of the same database user whose default schema is the layer's `<layer>_next`: see `workingIn`. */
async function sessionsIn(connection: Connection, schema: string): Promise<number[]> {
  const sessions = await listSessions(connection);
  const own = sessions.find(({ id }) => id === connection.threadId);
  return sessions
    .filter((other) => other !== own && other.schema === schema && other.user === own?.user)
    .map(({ id }) => id);
}

/**
 * Ends the sessions of earlier attempts that still work in the schema where the layer is built: a server continues a
 * statement whose client was killed, and a child process may survive its parent. The caller holds the layer's lock and
 * has claimed the attempt, so earlier attempts cannot open new sessions.
 *
 * @returns how many were ended
 * @throws TransientError PREDECESSOR_AT_WORK when one does not end within 30 s
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
        `sessions ${sessions.join(", ")} of an earlier attempt are still active in ${schema}, ${END_MS / 1_000} s after KILL`,
        {
          kind: "database",
          advice:
            "They are rolling back, and the layer retries. If they never end: SHOW PROCESSLIST, then restart the database.",
        },
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
