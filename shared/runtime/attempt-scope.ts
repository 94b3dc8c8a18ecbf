import { rm } from "node:fs/promises";
import type { DetailType } from "../../events/schemas.ts";
import { TransientError } from "../errors/errors.ts";
import { SupersededError } from "../errors/superseded-error.ts";
import { FenceLostError, recordHeartbeat } from "../ledger/claims/settle.ts";
import type { ClaimedContext } from "./context.ts";
import { findSuperseding } from "./find-superseding.ts";
import { startHeartbeat, type Heartbeat } from "./heartbeat.ts";
import { makeWorkFolder } from "./work-folder.ts";

/**
 * What an attempt holds while its layer works: the work folder, the heartbeat, and a signal that is aborted at the
 * deadline, when the lock is lost, when another attempt takes over and when a newer run supersedes this one. Leaving the
 * scope (`await using`) stops and removes all of it.
 */
export class AttemptScope implements AsyncDisposable {
  /** An empty folder of this attempt. */
  readonly workFolder: string;
  readonly #aborting = new AbortController();
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(workFolder: string) {
    this.workFolder = workFolder;
    this.#cleanUp.defer(() => rm(workFolder, { recursive: true, force: true }));
  }

  static async open<T extends DetailType>(context: ClaimedContext<T>): Promise<AttemptScope> {
    const { warehouse, environment, key } = context;
    const owner = { stage: environment.BATON_STAGE, schemaPrefix: warehouse.schemaPrefix, layer: key.layer };
    const scope = new AttemptScope(await makeWorkFolder(owner));
    scope.#stopAtDeadline(context);
    scope.#stopWithoutLock(context);
    scope.#beat(context);
    return scope;
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** Runs the layer's work. An error after the abort is only a consequence of it, so the reason for the abort is thrown. */
  async run<R>(work: () => Promise<R>): Promise<R> {
    try {
      // the lock may have been lost since the claim
      this.signal.throwIfAborted();
      return await work();
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }

  #stopAtDeadline<T extends DetailType>({ key, deadline }: ClaimedContext<T>): void {
    const message = `attempt ${key.attempt} of ${key.layer} reached its deadline ${deadline.toISOString()}`;
    const stop = (): void => this.#aborting.abort(new TransientError("DEADLINE", message, { kind: "timeout" }));
    const timer = setTimeout(stop, Math.max(0, deadline.getTime() - Date.now()));
    this.#cleanUp.defer(() => clearTimeout(timer));
  }

  /** Without the lock another attempt may begin at any time. */
  #stopWithoutLock<T extends DetailType>({ lock }: ClaimedContext<T>): void {
    const stop = (): void => this.#aborting.abort(lock.lost.reason);
    lock.lost.addEventListener("abort", stop, { once: true });
    if (lock.lost.aborted) stop();
    this.#cleanUp.defer(() => lock.lost.removeEventListener("abort", stop));
  }

  #beat<T extends DetailType>(context: ClaimedContext<T>): void {
    const { environment, ledger, lock, key, logger } = context;
    const beat = async (): Promise<void> => {
      await lock.keep();
      await recordHeartbeat(ledger.pool, key);
      const by = await findSuperseding(context);
      if (by !== undefined) this.#aborting.abort(new SupersededError(key.runId, key.layer, by));
    };
    const onError = (error: unknown): void => {
      logger.warn("heartbeat failed", { error: String(error) });
      if (error instanceof FenceLostError) this.#aborting.abort(error);
    };
    const heartbeat: Heartbeat = startHeartbeat(environment.BATON_HEARTBEAT_SECONDS, beat, onError);
    this.#cleanUp.defer(() => heartbeat.stop());
  }
}
