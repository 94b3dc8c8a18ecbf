import mysql from "mysql2/promise";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { ensureCredentials, renewCredentials } from "./ensure-credentials.ts";
import { errnoOf } from "./errno-of.ts";

/** How every session of Baton works, whatever the server's defaults and its init_connect are. */
export const EVERY_SESSION = [
  // the server can ignore the character set that the client asks for (skip-character-set-client-handshake)
  "NAMES utf8mb4 COLLATE utf8mb4_unicode_ci",
  "autocommit = 1",
  "completion_type = 0",
  "sql_safe_updates = 0",
  "sql_big_selects = 1",
  // no limit
  "sql_select_limit = 18446744073709551615",
].join(", ");

/** Settings of a session: results must not depend on the server's defaults. */
const SESSION = [
  `SET ${EVERY_SESSION}`,
  "time_zone = '+00:00'",
  "sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION'",
  "lock_wait_timeout = 120",
  "innodb_lock_wait_timeout = 120",
].join(", ");

/** Connection settings for mysql2; DATE columns are returned as `YYYY-MM-DD`, DATETIME as UTC `Date`. */
function connectionOptions(config: WarehouseConfig): mysql.ConnectionOptions {
  return {
    host: config.host,
    port: config.port,
    user: config.user,
    password: config.password,
    charset: "utf8mb4_unicode_ci",
    timezone: "Z",
    dateStrings: ["DATE"],
    connectTimeout: 10_000,
    ...(config.defaultSchema !== undefined && { database: config.defaultSchema }),
    ...(config.tls === "required" && {
      enableCleartextPlugin: config.sendsCleartext === true,
      ssl: { rejectUnauthorized: true, ...(config.ca !== undefined && { ca: config.ca }) },
    }),
  };
}

/** Access denied: wrong user or password. */
const ACCESS_DENIED = 1045;

function isRefused(error: unknown): boolean {
  return errnoOf(error) === ACCESS_DENIED;
}

/**
 * Opens one connection. When the server refuses credentials from a secret, the secret is read once more: it may have been
 * rotated since. `config` then holds the new credentials for all later connections.
 *
 * @throws the driver's error, with errno 1045 when the new credentials are refused as well
 */
export async function openConnection(
  config: WarehouseConfig,
  more: mysql.ConnectionOptions = {},
): Promise<mysql.Connection> {
  const open = async (): Promise<mysql.Connection> => {
    const connection = await mysql.createConnection({ ...connectionOptions(config), ...more });
    // the next query reports a broken connection; without a listener the error would end the process
    connection.on("error", () => undefined);
    return connection;
  };
  await ensureCredentials(config);
  try {
    return await open();
  } catch (error) {
    if (!isRefused(error) || !(await renewCredentials(config))) throw error;
    return open();
  }
}

/** Opens one connection with Baton's session settings; the caller ends it. */
export async function connect(config: WarehouseConfig): Promise<mysql.Connection> {
  const connection = await openConnection(config);
  await connection.query(SESSION);
  return connection;
}

/**
 * Opens a pool whose connections have Baton's session settings; the caller ends it. Each connection
 * uses the configuration's credentials of the time when it is opened, read again as in `openConnection`.
 */
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
    // runs on the same connection before the first query of the caller
    connection.query(SESSION);
  });
  if (config.readCredentials !== undefined) renewInPool(pool.pool, config);
  return pool;
}

type CorePool = mysql.Pool["pool"];
type Borrower = Parameters<CorePool["getConnection"]>[0];

/** Every query of a pool takes its connection from getConnection, also queries on the pool itself. */
function renewInPool(pool: CorePool, config: WarehouseConfig): void {
  // missing in the types: a new connection copies its settings, getters included, from here
  const { connectionConfig } = pool.config as unknown as { connectionConfig: object };
  Object.defineProperties(connectionConfig, {
    user: { get: () => config.user, enumerable: true },
    password: { get: () => config.password, enumerable: true },
  });
  const borrow = pool.getConnection.bind(pool);
  const borrowAfter = (prepared: Promise<unknown>, borrower: Borrower): void => {
    prepared.then(
      () => borrow(borrower),
      // the types do not allow an error without a connection
      (error: unknown) => (borrower as (error: unknown) => void)(error),
    );
  };
  pool.getConnection = (borrower) => {
    borrowAfter(ensureCredentials(config), (error, connection) => {
      if (isRefused(error)) borrowAfter(renewCredentials(config), borrower);
      else borrower(error, connection);
    });
  };
}
