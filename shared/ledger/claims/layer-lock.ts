import { setTimeout as wait } from "node:timers/promises";
import type { Connection } from "mysql2/promise";
import { ledgerSchemaOf, schemasOf } from "../../config/schemas-of.ts";
import { connect } from "../../warehouse/connection/connect.ts";
import { derivedName } from "../../warehouse/tables/derived-name.ts";
import { quoteName } from "../../warehouse/tables/identifier.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { TransientError } from "../../errors/errors.ts";
import { scalar, takeLock, takeOver } from "./take-over.ts";

/** A busy machine may be late with its heartbeat. */
const MIN_IDLE_SECONDS = 5;
/** Longest wait for the server when a connection is closed. */
const END_MS = 2_000;

/** Name of the lock of a layer, by its live schema; `baton load` takes the same lock. */
export function layerLockName(liveSchema: string): string {
  return derivedName(`baton:${liveSchema}`);
}

/** The connection that held the layer's lock is lost, and with it the right to work on the layer. */
function lockLost(layer: string, cause: unknown): TransientError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TransientError("LOCK_LOST", `the connection that held the lock of ${layer} was lost: ${reason}`, {
    kind: "database",
    retryAfterSeconds: 5,
    advice: "The layer retries. If it happens again: was the database restarted, or the connection killed?",
    cause,
  });
}

interface HeldConnection {
  connection: Connection;
  connectionId: number;
  idleSeconds: number;
}

/**
 * Exclusive right to work on one layer: a named lock of the server, lost when its connection is. Publications run on
 * that connection, so an attempt that lost the lock cannot publish.
 */
export class LayerLock {
  readonly connection: Connection;
  readonly connectionId: number;
  readonly #layer: string;
  readonly #idleSeconds: number;
  readonly #lost = new AbortController();
  #keeping: Promise<void> | undefined;
  #users = 0;

  /** @param idleSeconds after which the server closes an idle connection */
  constructor(layer: string, { connection, connectionId, idleSeconds }: HeldConnection) {
    this.#layer = layer;
    this.#idleSeconds = idleSeconds;
    this.connection = connection;
    this.connectionId = connectionId;
    // also when the server closes an idle connection
    connection.on("error", (error: unknown) => this.#lose(error));
  }

  /** Aborted, with a TransientError LOCK_LOST, as soon as the connection is known to be lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Keeps the connection alive: the server closes an idle one, which releases the lock. A server that does not answer
   * for as long counts as lost. Not needed while a statement of `use` runs.
   *
   * @throws TransientError LOCK_LOST
   */
  async keep(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (this.#users > 0) return;
    this.#keeping ??= this.#ask().finally(() => {
      this.#keeping = undefined;
    });
    await this.#keeping;
  }

  async #ask(): Promise<void> {
    const answered = new AbortController();
    const timeout = wait(this.#idleSeconds * 1_000, undefined, { signal: answered.signal, ref: false }).then(() => {
      throw new Error(`no answer within ${this.#idleSeconds} s`);
    });
    try {
      await Promise.race([this.connection.query("SELECT 1"), timeout]);
    } catch (error) {
      this.#lose(error);
      throw this.#lost.signal.reason;
    } finally {
      answered.abort();
    }
  }

  #lose(cause: unknown): void {
    this.#lost.abort(lockLost(this.#layer, cause));
    this.connection.destroy();
  }

  /**
   * Runs statements on the connection, for as long as they take.
   *
   * @throws TransientError LOCK_LOST when the connection is lost meanwhile, whatever error the statement ended with
   */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#lost.signal.throwIfAborted();
    this.#users += 1;
    try {
      return await work(this.connection);
    } catch (error) {
      await this.#ask();
      throw error;
    } finally {
      this.#users -= 1;
    }
  }

  /** Releases the lock, unless it is lost. Never throws, never waits long. */
  async release(): Promise<void> {
    if (!this.#lost.signal.aborted) {
      // the server releases the locks of a closed connection a little later: too late for a message that already waits
      const released = this.connection.query("DO RELEASE_ALL_LOCKS()");
      const ended = released.then(() => this.connection.end()).catch(() => undefined);
      await Promise.race([ended, wait(END_MS, undefined, { ref: false })]);
    }
    this.connection.destroy();
  }
}

/**
 * Takes the lock of a layer; undefined when another session holds it. A holder whose attempt has had no heartbeat for
 * `idleSeconds` is killed on the server first, with everything that it still does there.
 *
 * @param idleSeconds the server closes the connection, which releases the lock, after so long without a statement
 */
export async function takeLayerLock(
  config: WarehouseConfig,
  layer: string,
  idleSeconds: number,
): Promise<LayerLock | undefined> {
  const connection = await connect(config);
  const seconds = Math.max(MIN_IDLE_SECONDS, Math.ceil(idleSeconds));
  try {
    await connection.query("SET wait_timeout = ?", [seconds]);
    await connection.query(`USE ${quoteName(ledgerSchemaOf(config.schemaPrefix))}`);
    const name = layerLockName(schemasOf(config.schemaPrefix, layer).live);
    if ((await takeLock(connection, name, 0)) || (await takeOver(connection, { name, layer, idleSeconds: seconds }))) {
      const connectionId = await scalar(connection, "SELECT CONNECTION_ID() AS answer", []);
      if (connectionId === null) throw new TypeError("the server returned no connection ID");
      return new LayerLock(layer, { connection, connectionId, idleSeconds: seconds });
    }
    await connection.end();
    return undefined;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}
