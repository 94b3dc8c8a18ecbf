import mysql from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";

/** What every session of Baton sets: results must not depend on the server's defaults. */
const SESSION = [
  "SET time_zone = '+00:00'",
  "sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION'",
  "lock_wait_timeout = 120",
  "innodb_lock_wait_timeout = 120",
].join(", ");

/** Connection settings for mysql2; DATE columns come as `YYYY-MM-DD`, DATETIME as UTC `Date`. */
export function connectionOptions(config: WarehouseConfig): mysql.ConnectionOptions {
  return {
    host: config.host,
    port: config.port,
    user: config.user,
    password: config.password,
    charset: "utf8mb4_unicode_ci",
    timezone: "Z",
    dateStrings: ["DATE"],
    connectTimeout: 10_000,
    ...(config.tls === "required" && {
      ssl: { rejectUnauthorized: true, ...(config.ca !== undefined && { ca: config.ca }) },
    }),
  };
}

/** Opens one connection with Baton's session settings; the caller ends it. */
export async function connect(config: WarehouseConfig): Promise<mysql.Connection> {
  const connection = await mysql.createConnection(connectionOptions(config));
  await connection.query(SESSION);
  return connection;
}

/** Opens a pool whose connections have Baton's session settings; the caller ends it. */
export function createPool(
  config: WarehouseConfig,
  { schema, size = 4 }: { schema?: string; size?: number } = {},
): mysql.Pool {
  const pool = mysql.createPool({
    ...connectionOptions(config),
    ...(schema !== undefined && { database: schema }),
    connectionLimit: size,
    maxIdle: 2,
    idleTimeout: 60_000,
  });
  pool.pool.on("connection", (connection) => {
    // queued before the first query of the borrower, on the same connection
    connection.query(SESSION);
  });
  return pool;
}
