import { Signer } from "@aws-sdk/rds-signer";
import type { Credentials } from "../../config/warehouse-config.ts";

/** RDS accepts a token for this long after it was signed; open connections are not affected. */
const VALID_MS = 15 * 60_000;

/**
 * Signs a login token for a database user of RDS with the credentials of the environment. Calls no AWS service.
 *
 * @see Aurora User Guide, "IAM database authentication"
 */
export async function signToken(login: { host: string; port: number; user: string }): Promise<Credentials> {
  const { host: hostname, port, user } = login;
  const expiresAt = new Date(Date.now() + VALID_MS);
  const password = await new Signer({ hostname, port, username: user }).getAuthToken();
  return { user, password, expiresAt };
}
