import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import type { ClientProgram } from "./client-program.ts";

/** An option file for the client, removed at the end of the block. */
export interface OptionFile extends AsyncDisposable {
  path: string;
}

/**
 * Writes the login into a file that only this user can read: other users of the machine can see command lines.
 *
 * @see MySQL Reference Manual, "Using Option Files"
 */
export async function writeOptionFile(config: WarehouseConfig, vendor: ClientProgram["vendor"]): Promise<OptionFile> {
  const folder = await mkdtemp(join(tmpdir(), "baton-sql-"));
  const path = join(folder, "client.cnf");
  const authorities = join(folder, "authorities.pem");
  if (config.ca !== undefined) await writeFile(authorities, config.ca, { mode: 0o600 });
  await writeFile(path, optionsOf(config, { vendor, authorities }), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The text of the option file. */
export function optionsOf(
  { host, port, user, password, tls, ca }: WarehouseConfig,
  { vendor, authorities }: { vendor: ClientProgram["vendor"]; authorities: string },
): string {
  const options = [
    `host=${quoted(host)}`,
    `port=${port}`,
    "protocol=tcp",
    `user=${quoted(user)}`,
    `password=${quoted(password)}`,
    "default-character-set=utf8mb4",
    ...(tls === "required" && ca !== undefined ? [`ssl-ca=${quoted(authorities)}`] : []),
    ...TLS[vendor][tls],
  ];
  return ["[client]", ...options, ""].join("\n");
}

// caching_sha2_password of MySQL takes a first login only over TLS or with the server's public key
const TLS: Record<ClientProgram["vendor"], Record<WarehouseConfig["tls"], readonly string[]>> = {
  mysql: { required: ["ssl-mode=VERIFY_IDENTITY"], disabled: ["ssl-mode=PREFERRED"] },
  mariadb: { required: ["ssl-verify-server-cert"], disabled: ["skip-ssl"] },
};

function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
