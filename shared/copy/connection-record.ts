import type { Connection, RowDataPacket } from "mysql2/promise";
import { errnoOf } from "../warehouse/connection/errno-of.ts";
import { listSessions } from "../warehouse/connection/list-sessions.ts";

/** How often each account has connected to a server since it started. A server does not record when. */
export interface ConnectionRecord {
  /**
   * `accounts`: user and host, from MySQL's performance_schema; `users`: users only, from MariaDB's user statistics;
   * `none`: the server keeps no counts that this user may read.
   */
  source: "accounts" | "users" | "none";
  /** ISO 8601: counts from before are lost. */
  startedAt: string;
  /** By `user@host` or user, without accounts of the server itself. */
  counts: Readonly<Record<string, number>>;
}

/** What a server shows of its connections at one moment. */
export interface SeenConnections {
  /** The server's time. */
  now: Date;
  record: ConnectionRecord;
  /** Open sessions of others than the asking account and the server: `user@host`. */
  sessions: readonly string[];
  /** The asking account, `user@host`. */
  own: string;
}

/** Of servers and of RDS. */
const SERVER_USERS = new Set(
  "event_scheduler|system user|unauthenticated user|mysql.session|mysql.sys|mysql.infoschema|rdsadmin|rdsrepladmin".split(
    "|",
  ),
);
/** Access denied, or no such table for this user. */
const HIDDEN = new Set([1044, 1109, 1142, 1143, 1146, 1227]);

/** Reads who is connected to a server, and who was since it started. */
export async function readConnections(connection: Connection): Promise<SeenConnections> {
  const [[clock]] = await connection.query<(RowDataPacket & { now: number; own: string })[]>(
    "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS SIGNED) AS now, USER() AS own",
  );
  const [[uptime]] = await connection.query<VariableRow[]>("SHOW GLOBAL STATUS LIKE 'Uptime'");
  const now = new Date(Number(clock?.now));
  const own = clock?.own ?? "";
  const { source, counts } = await readCounts(connection);
  const others = (await listSessions(connection))
    .filter(({ id, user }) => id !== connection.threadId && !SERVER_USERS.has(user))
    .map(({ user, host }) => `${user}@${host.replace(/:\d+$/, "")}`)
    .filter((account) => account !== own);
  const startedAt = new Date(now.getTime() - Number(uptime?.Value) * 1_000).toISOString();
  return { now, own, record: { source, startedAt, counts }, sessions: [...new Set(others)] };
}

interface VariableRow extends RowDataPacket {
  Variable_name: string;
  Value: string;
}

async function readCounts(connection: Connection): Promise<Pick<ConnectionRecord, "source" | "counts">> {
  const [variables] = await connection.query<VariableRow[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('performance_schema', 'userstat')",
  );
  const isOn = (name: string): boolean => variables.some((row) => row.Variable_name === name && row.Value === "ON");
  try {
    if (isOn("performance_schema") && (await countsAllAccounts(connection))) {
      const counts = await readTable(connection, "user, host", "performance_schema.accounts");
      return { source: "accounts", counts };
    }
    if (isOn("userstat")) {
      return { source: "users", counts: await readTable(connection, "user", "information_schema.user_statistics") };
    }
  } catch (error) {
    if (!HIDDEN.has(errnoOf(error) ?? 0)) throw error;
  }
  return { source: "none", counts: {} };
}

/** False when the table of accounts is too small for all of them. */
async function countsAllAccounts(connection: Connection): Promise<boolean> {
  const [[lost]] = await connection.query<VariableRow[]>("SHOW GLOBAL STATUS LIKE 'Performance_schema_accounts_lost'");
  return lost?.Value === "0";
}

async function readTable(connection: Connection, columns: string, table: string): Promise<Record<string, number>> {
  const [rows] = await connection.query<(RowDataPacket & { account: string; user: string; count: string })[]>(
    `SELECT CONCAT_WS('@', ${columns}) AS account, user, CAST(total_connections AS CHAR) AS count FROM ${table}
      WHERE user IS NOT NULL`,
  );
  return Object.fromEntries(
    rows.filter(({ user }) => !SERVER_USERS.has(user)).map(({ account, count }) => [account, Number(count)]),
  );
}

/**
 * The accounts that have connected after a record was made, with the number of connections. Counts that are lower than
 * recorded have begun anew: after a restart of the server, or when somebody reset them.
 */
export function connectedSince(
  before: ConnectionRecord,
  { record, own }: Pick<SeenConnections, "record" | "own">,
  ignored: readonly string[],
): string[] {
  const ownName = record.source === "users" ? userOf(own) : own;
  return Object.entries(record.counts).flatMap(([account, count]) => {
    if (account === ownName || isIgnored(account, ignored)) return [];
    const earlier = hasRestarted(before, record) ? 0 : (before.counts[account] ?? 0);
    const since = count >= earlier ? count - earlier : count;
    return since === 0 ? [] : [`${account} (${since})`];
  });
}

/** True for an account whose `user@host` or user is in the list. */
export function isIgnored(account: string, ignored: readonly string[]): boolean {
  return ignored.includes(account) || ignored.includes(userOf(account));
}

function userOf(account: string): string {
  const at = account.lastIndexOf("@");
  return at === -1 ? account : account.slice(0, at);
}

/** Start times are computed from whole seconds. */
const SAME_START_MS = 5_000;

function hasRestarted(before: ConnectionRecord, after: ConnectionRecord): boolean {
  return Date.parse(after.startedAt) - Date.parse(before.startedAt) > SAME_START_MS;
}
