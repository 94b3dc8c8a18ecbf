import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { readSecret } from "../../shared/warehouse/connection/read-secret.ts";
import type { StageAccess } from "./stage-access.ts";

/**
 * Returns the warehouse with the credentials of another user, from the user's secret.
 *
 * @throws PermanentError SECRET_UNKNOWN
 */
export async function logInAs(
  user: "reader" | "review",
  { stage, warehouse, clientOptions }: StageAccess,
): Promise<WarehouseConfig> {
  const secrets = new SecretsManagerClient(clientOptions);
  const name = `baton/${stage}/${user}`;
  // the secret of the operator must not replace these credentials when they are refused
  const { readCredentials: _, ...address } = warehouse;
  try {
    return { ...address, ...(await readSecret(name, secrets)) };
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    throw new PermanentError("SECRET_UNKNOWN", `there is no secret ${name}`, {
      kind: "target",
      cause: error,
      advice: `Create the user ${user} and its secret as in docs/deploy.md, step 3.`,
    });
  } finally {
    secrets.destroy();
  }
}
