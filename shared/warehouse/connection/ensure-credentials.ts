import type { WarehouseConfig } from "../../config/warehouse-config.ts";

/** Credentials that expire within this time are not used for a new connection. */
const RESERVE_MS = 60_000;

/**
 * Reads user and password from a secret or a signer when they have not been read yet or expire soon. All later
 * connections of this configuration use them.
 *
 * @throws what reading them throws, such as PermanentError SECRET_INVALID
 */
export async function ensureCredentials(config: WarehouseConfig): Promise<void> {
  const { user, expiresAt } = config;
  const isEnding = expiresAt !== undefined && expiresAt.getTime() - RESERVE_MS < Date.now();
  if (user === "" || isEnding) await renewCredentials(config);
}

/**
 * Reads user and password again from a secret or a signer.
 *
 * @returns false when they are fixed
 */
export async function renewCredentials(config: WarehouseConfig): Promise<boolean> {
  if (config.readCredentials === undefined) return false;
  Object.assign(config, await config.readCredentials());
  return true;
}
