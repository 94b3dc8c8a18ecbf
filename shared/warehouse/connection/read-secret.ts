import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { oneLine } from "../../../events/one-line.ts";
import type { Credentials } from "../../config/warehouse-config.ts";
import { PermanentError } from "../../errors/errors.ts";

const secretSchema = z.object({ username: z.string().min(1), password: z.string() });

/**
 * Reads a database user from its secret: JSON with `username` and `password`, as Secrets Manager rotates it.
 *
 * @param id ARN or name of the secret
 * @throws PermanentError SECRET_INVALID; the message quotes nothing of the secret
 */
export async function readSecret(id: string, secrets: SecretsManagerClient): Promise<Credentials> {
  const response = await secrets.send(new GetSecretValueCommand({ SecretId: id }));
  const parsed = secretSchema.safeParse(parseJson(response.SecretString ?? ""));
  if (!parsed.success) {
    throw new PermanentError("SECRET_INVALID", `secret ${id}: ${oneLine(parsed.error)}`, {
      kind: "target",
      advice: "Store JSON with username and password in the secret.",
    });
  }
  return { user: parsed.data.username, password: parsed.data.password };
}

/** Undefined when the text is not JSON: a parser's message would quote the secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
