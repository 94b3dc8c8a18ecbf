import type { Connection } from "mysql2/promise";
import { TransientError } from "../errors/errors.ts";
import { listSessions } from "../warehouse/connection/list-sessions.ts";
import { layerLockName } from "../ledger/claims/layer-lock.ts";
import { scalar, takeLock } from "../ledger/claims/take-over.ts";

const POLL_SECONDS = 1;

export interface LockSchemaOptions {
  /** How long to wait for a load or a pipeline run that holds the lock. */
  waitSeconds: number;
  signal: AbortSignal | undefined;
  /** Called once when the wait begins, with the session that holds the lock. */
  onWait: ((holder: string) => void) | undefined;
}

/**
 * Takes the lock of a live schema, which the pipeline also takes for its layer. The lock is held until the connection
 * ends, so the caller must publish on this connection.
 *
 * @throws TransientError LOAD_BUSY with the session that holds the lock
 */
export async function lockSchema(
  connection: Connection,
  schema: string,
  { waitSeconds, signal, onWait }: LockSchemaOptions,
): Promise<void> {
  const name = layerLockName(schema);
  const deadline = Date.now() + waitSeconds * 1_000;
  for (let hasReported = false; ; hasReported = true) {
    signal?.throwIfAborted();
    const leftSeconds = Math.max(0, (deadline - Date.now()) / 1_000);
    // polls even without a wait: the session of a killed load needs a moment to end
    if (await takeLock(connection, name, POLL_SECONDS)) return;
    const holder = await describeHolder(connection, name);
    if (leftSeconds === 0) {
      throw new TransientError("LOAD_BUSY", `${schema} is in use by ${holder}`, {
        kind: "database",
        advice: "Wait until the other load or the pipeline run has ended, or add --wait SECONDS.",
      });
    }
    if (!hasReported) onWait?.(holder);
  }
}

async function describeHolder(connection: Connection, name: string): Promise<string> {
  const id = await scalar(connection, "SELECT IS_USED_LOCK(?) AS answer", [name]);
  if (id === null) return "a session that has just ended";
  const session = (await listSessions(connection)).find((other) => other.id === Number(id));
  return session === undefined ? `session ${id}` : `session ${id} of ${session.user} from ${session.host}`;
}
