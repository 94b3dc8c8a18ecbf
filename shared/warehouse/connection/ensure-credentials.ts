import type { WarehouseConfig } from "../../config/warehouse-config.ts";

/** Credentials that end this soon are not begun with. */
const RESERVE_MS = 60_000;

/**
 * Reads user and password where they come from a secret or a signer and have not been read, or are about to end. All that
 * connects with this configuration afterwards has them.
 *
 * @throws what reading them throws, such as PermanentError SECRET_INVALID
 */
export async function ensureCredentials(config: WarehouseConfig): Promise<void> {
  const { user, expiresAt } = config;
  const isEnding = expiresAt !== undefined && expiresAt.getTime() - RESERVE_MS < Date.now();
  if (user === "" || isEnding) await renewCredentials(config);
}

/**
 * Reads user and password again where they come from a secret or a signer.
 *
 * @returns false where they are fixed
 */
export async function renewCredentials(config: WarehouseConfig): Promise<boolean> {
  if (config.readCredentials === undefined) return false;
  Object.assign(config, await config.readCredentials());
  return true;
}
