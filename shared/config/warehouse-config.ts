import { z } from "zod";

/** Where the warehouse is, as environment variables; dbt reads the same names. */
export const warehouseEnvironmentSchema = z.object({
  AURORA_ENDPOINT: z.string().min(1),
  AURORA_PORT: z.coerce.number().int().positive().default(3306),
  AURORA_USER: z.string().default(""),
  AURORA_PASSWORD: z.string().default(""),
  /** Secret with `username` and `password`; replaces AURORA_USER and AURORA_PASSWORD. */
  AURORA_SECRET_ARN: z.string().default(""),
  /** How AURORA_USER logs in: by a password, or by tokens that the function's role signs, which takes neither of the above. */
  BATON_DATABASE_AUTH: z.enum(["password", "iam"]).default("password"),
  BATON_DATABASE_TLS: z.enum(["disabled", "required"]).default("required"),
  /** Path of the CA bundle that the server's certificate must chain to. */
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
  /** When the password ends; undefined for one that does not. */
  expiresAt?: Date | undefined;
}

/** How to reach the warehouse. User and password are empty until `readCredentials` was asked, where there is one. */
export interface WarehouseConfig extends Credentials {
  host: string;
  port: number;
  /** Reads user and password from where they are kept; see `ensureCredentials`. */
  readCredentials?: (() => Promise<Credentials>) | undefined;
  tls: "disabled" | "required";
  /** Sends the password as it is when the server asks for that, as RDS does for a token; over TLS alone. */
  sendsCleartext?: boolean | undefined;
  /** PEM of the accepted authorities; undefined for the system's. */
  ca?: string | undefined;
  /** Put before every schema name, so that stages and tests can share a server. */
  schemaPrefix: string;
  /** Default schema of the sessions; see `workingIn`. */
  defaultSchema?: string | undefined;
}
