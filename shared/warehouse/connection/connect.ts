import mysql from "mysql2/promise";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { ensureCredentials, renewCredentials } from "./ensure-credentials.ts";
import { errnoOf } from "./errno-of.ts";

/** What every session of Baton sets: results must not depend on the server's defaults. */
const SESSION = [
  "SET time_zone = '+00:00'",
  "sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION'",
  "lock_wait_timeout = 120",
  "innodb_lock_wait_timeout = 120",
].join(", ");

/** Connection settings for mysql2; DATE columns come as `YYYY-MM-DD`, DATETIME as UTC `Date`. */
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
 * Opens one connection. When the server refuses credentials that came from a secret, the secret is read again, once: it
 * may have been rotated since. `config` then has the new ones, for all that connects after.
 *
 * @throws the driver's error, with errno 1045 when the secret's credentials are refused as well
 * @see handbook, design.md section 11
 */
export async function openConnection(
  config: WarehouseConfig,
  more: mysql.ConnectionOptions = {},
): Promise<mysql.Connection> {
  const open = async (): Promise<mysql.Connection> => {
    const connection = await mysql.createConnection({ ...connectionOptions(config), ...more });
    // an idle connection that breaks is noticed by its next query; without a listener it would end the process
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
 * Opens a pool whose connections have Baton's session settings; the caller ends it. Its connections have the
 * configuration's credentials of the time when each is opened, and those are read again as by `openConnection`.
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
    // queued before the first query of the borrower, on the same connection
    connection.query(SESSION);
  });
  if (config.readCredentials !== undefined) renewInPool(pool.pool, config);
  return pool;
}

type CorePool = mysql.Pool["pool"];
type Borrower = Parameters<CorePool["getConnection"]>[0];

/** Every query of a pool borrows by getConnection, also those that the pool runs itself. */
function renewInPool(pool: CorePool, config: WarehouseConfig): void {
  // the types leave out that a new connection copies its settings, getters too, from here
  const { connectionConfig } = pool.config as unknown as { connectionConfig: object };
  Object.defineProperties(connectionConfig, {
    user: { get: () => config.user, enumerable: true },
    password: { get: () => config.password, enumerable: true },
  });
  const borrow = pool.getConnection.bind(pool);
  const borrowAfter = (prepared: Promise<unknown>, borrower: Borrower): void => {
    prepared.then(
      () => borrow(borrower),
      // the types have no error without a connection
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
