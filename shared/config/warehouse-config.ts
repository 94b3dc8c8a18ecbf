import { z } from "zod";

/** Connection settings of the warehouse in environment variables; dbt reads the same names. */
export const warehouseEnvironmentSchema = z.object({
  AURORA_ENDPOINT: z.string().min(1),
  AURORA_PORT: z.coerce.number().int().positive().default(3306),
  AURORA_USER: z.string().default(""),
  AURORA_PASSWORD: z.string().default(""),
  /** Secret with `username` and `password`, used instead of AURORA_USER and AURORA_PASSWORD. */
  AURORA_SECRET_ARN: z.string().default(""),
  /**
   * How AURORA_USER logs in: with a password, or with IAM tokens signed by the function's role, which need neither the
   * password nor the secret.
   */
  BATON_DATABASE_AUTH: z.enum(["password", "iam"]).default("password"),
  BATON_DATABASE_TLS: z.enum(["disabled", "required"]).default("required"),
  /** Path of the CA bundle that verifies the server's certificate. */
  BATON_DATABASE_CA: z.string().default(""),
  BATON_SCHEMA_PREFIX: z
    .string()
    .regex(/^[a-z0-9_]{0,24}$/, "expected up to 24 lower-case letters, digits, underscores")
    .default(""),
});

/** A database user. */
export interface Credentials {
  user: string;
  password: string;
  /** When the password expires; undefined when it does not. */
  expiresAt?: Date | undefined;
}

/** Connection settings of the warehouse. With `readCredentials`, user and password are empty until it is called. */
export interface WarehouseConfig extends Credentials {
  host: string;
  port: number;
  /** Reads user and password from their source; see `ensureCredentials`. */
  readCredentials?: (() => Promise<Credentials>) | undefined;
  tls: "disabled" | "required";
  /** Sends the password in clear text over TLS when the server requests it, as RDS does for a token. */
  sendsCleartext?: boolean | undefined;
  /** Accepted certificate authorities as PEM; undefined for the system's. */
  ca?: string | undefined;
  /** Prefix of every schema name, so that environments and tests can share a server. */
  schemaPrefix: string;
  /** Default schema of the sessions; see `workingIn`. */
  defaultSchema?: string | undefined;
}
