import { Signer } from "@aws-sdk/rds-signer";
import type { Credentials } from "../../config/warehouse-config.ts";

/** RDS takes a token for so long after it was signed; a connection that stands stays. */
const VALID_MS = 15 * 60_000;

/**
 * Signs a token that lets a database user of RDS in, with the credentials of the environment. Asks AWS nothing.
 *
 * @see Aurora User Guide, "IAM database authentication"
 */
export async function signToken(login: { host: string; port: number; user: string }): Promise<Credentials> {
  const { host: hostname, port, user } = login;
  const expiresAt = new Date(Date.now() + VALID_MS);
  const password = await new Signer({ hostname, port, username: user }).getAuthToken();
  return { user, password, expiresAt };
}
