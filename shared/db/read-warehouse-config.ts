import { readFile } from "node:fs/promises";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { WarehouseConfig, warehouseEnvironmentSchema } from "../config/warehouse-config.ts";
import { PermanentError } from "../errors/errors.ts";

type WarehouseEnvironment = z.infer<typeof warehouseEnvironmentSchema>;

const secretSchema = z.object({ username: z.string().min(1), password: z.string() });

async function credentialsOf(
  environment: WarehouseEnvironment,
  secrets: SecretsManagerClient,
): Promise<{ user: string; password: string }> {
  if (environment.AURORA_SECRET_ARN === "") {
    return { user: environment.AURORA_USER, password: environment.AURORA_PASSWORD };
  }
  const response = await secrets.send(new GetSecretValueCommand({ SecretId: environment.AURORA_SECRET_ARN }));
  const parsed = secretSchema.safeParse(JSON.parse(response.SecretString ?? "{}"));
  if (!parsed.success) {
    const wrong = z.prettifyError(parsed.error);
    throw new PermanentError("SECRET_INVALID", `secret ${environment.AURORA_SECRET_ARN}: ${wrong}`, {
      kind: "target",
      advice: "Store JSON with username and password in the secret.",
    });
  }
  return { user: parsed.data.username, password: parsed.data.password };
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
  const ca = environment.BATON_DATABASE_CA;
  return {
    host: environment.AURORA_ENDPOINT,
    port: environment.AURORA_PORT,
    ...(await credentialsOf(environment, secrets)),
    tls: environment.BATON_DATABASE_TLS,
    ca: ca === "" ? undefined : await readFile(ca, "utf8"),
    schemaPrefix: environment.BATON_SCHEMA_PREFIX,
  };
}
