import type { Connection, RowDataPacket } from "mysql2/promise";
import { PermanentError } from "../errors/errors.ts";
import { layerLockName } from "../ledger/claims/layer-lock.ts";
import { listSessions } from "../warehouse/connection/list-sessions.ts";

const POLL_MS = 500;

/**
 * Calls back when a session of the review's user holds the lock of a layer. Any SQL may call GET_LOCK, and a run would wait for
 * the lock until the review ends.
 *
 * @param connection of the review's user
 * @param schemas live schemas, with the environment's prefix
 */
export function watchLayerLocks(
  connection: Connection,
  schemas: readonly string[],
  onTaken: (error: PermanentError) => void,
): Disposable {
  const timer = setInterval(() => {
    isHeldByUser(connection, schemas.map(layerLockName)).then(
      (isHeld) => {
        if (!isHeld) return;
        clearInterval(timer);
        onTaken(lockTaken());
      },
      // the review itself reports a server that does not answer
      () => undefined,
    );
  }, POLL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function isHeldByUser(connection: Connection, names: readonly string[]): Promise<boolean> {
  const [[row = {}]] = await connection.query<RowDataPacket[]>(
    `SELECT ${names.map((_, index) => `IS_USED_LOCK(?) AS holder${index}`).join(", ")}`,
    [...names],
  );
  const holders = new Set(Object.values(row).filter((holder) => holder !== null).map(Number)); // prettier-ignore
  if (holders.size === 0) return false;
  const sessions = await listSessions(connection);
  const own = sessions.find(({ id }) => id === connection.threadId);
  return sessions.some(({ id, user }) => user === own?.user && holders.has(id));
}

function lockTaken(): PermanentError {
  return new PermanentError("REVIEW_TOOK_LOCK", "SQL of the change took the lock of a layer, for which runs wait", {
    kind: "input",
    advice: "Remove GET_LOCK from the models and macros of the change.",
  });
}
