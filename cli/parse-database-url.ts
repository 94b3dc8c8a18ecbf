import type { WarehouseConfig } from "../shared/config/warehouse-config.ts";
import { UsageError } from "./usage-error.ts";

interface DatabaseUrlOptions {
  /** For error texts. */
  option: string;
  /** Environment variable with the password. */
  passwordVariable: string;
  /** Other users of the machine can see command lines. */
  passwordInUrl: "allow" | "refuse";
}

const LOCAL = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Parses `mysql://user@host[:port][?tls=required|disabled]`. TLS is required unless the server is on this machine.
 *
 * @throws UsageError
 */
export function parseDatabaseUrl(
  text: string,
  { option, passwordVariable, passwordInUrl }: DatabaseUrlOptions,
): WarehouseConfig {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["mysql:", "mariadb:"].includes(url.protocol) || url.hostname === "") {
    const password = passwordInUrl === "allow" ? "[:password]" : "";
    throw new UsageError(`${option} is not mysql://user${password}@host[:port]`);
  }
  if (url.password !== "" && passwordInUrl === "refuse") {
    throw new UsageError(
      `${option} must not have a password: other users of this machine can see it`,
      `Set the password in the environment variable ${passwordVariable}.`,
    );
  }
  const tls = url.searchParams.get("tls") ?? (LOCAL.includes(url.hostname) ? "disabled" : "required");
  if (tls !== "required" && tls !== "disabled") {
    throw new UsageError(`${option} accepts ?tls=required or ?tls=disabled`);
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: url.password === "" ? (process.env[passwordVariable] ?? "") : decodeURIComponent(url.password),
    tls,
    schemaPrefix: "",
  };
}
