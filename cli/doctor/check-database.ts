import type { Connection, RowDataPacket } from "mysql2/promise";
import { failed, ok, warning, type Check } from "./check.ts";

interface Requirement {
  variable: string;
  isMet: (value: string) => boolean;
  expected: string;
  /** What fails when the requirement is not met. */
  because: string;
  state: "warning" | "failed";
  /** The next step, where a parameter group is not enough. */
  fix?: string;
}

const PACKET = 64 * 1024 * 1024;

/**
 * Parameters that Baton cannot set for its session alone.
 *
 * @see Aurora User Guide, "Aurora MySQL configuration parameters"
 */
const REQUIREMENTS: readonly Requirement[] = [
  {
    variable: "local_infile",
    isMet: (value) => value === "ON" || value === "1",
    expected: "ON",
    because: "staging then loads with INSERT, which is several times slower",
    state: "warning",
  },
  {
    variable: "max_allowed_packet",
    isMet: (value) => Number(value) >= PACKET,
    expected: `at least ${PACKET}`,
    because: "rows with long texts do not fit into a statement",
    state: "warning",
  },
  {
    variable: "lower_case_table_names",
    isMet: (value) => value === "0",
    expected: "0",
    because: "source tables whose names differ only in case would collide",
    state: "warning",
    fix:
      "Nothing to do if the source has no such tables. The value is fixed when a cluster is created: only a new cluster, " +
      "created with lower_case_table_names=0 in its parameter group, can have another.",
  },
  {
    variable: "innodb_read_only",
    isMet: (value) => value === "OFF" || value === "0",
    expected: "OFF",
    because: "this is a replica: nothing can be written",
    state: "failed",
  },
  {
    variable: "read_only",
    isMet: (value) => value === "OFF" || value === "0",
    expected: "OFF",
    because: "this is a replica: nothing can be written",
    state: "failed",
  },
  {
    variable: "partial_revokes",
    isMet: (value) => value === "OFF" || value === "0",
    expected: "OFF",
    because:
      "GRANT takes schema names literally, so reviews cannot run and developers' schemas are created by an administrator",
    state: "warning",
    fix: "Set partial_revokes to OFF, then run the statements of ./baton grants. Otherwise use ./baton grants --partial-revokes.",
  },
  {
    variable: "binlog_format",
    isMet: (value) => value !== "STATEMENT",
    expected: "ROW or MIXED",
    because: "the server refuses the rows of models (error 1665)",
    state: "warning",
  },
  {
    variable: "max_connections",
    isMet: (value) => Number(value) >= 45,
    expected: "at least 45",
    because: "the loader, dbt and the other functions need that many at once",
    state: "warning",
  },
];

/** Baton's sessions set these variables, so the server must allow it. */
const SQL_MODES = ["STRICT_TRANS_TABLES", "ONLY_FULL_GROUP_BY", "NO_ENGINE_SUBSTITUTION"];
const MAX_CLOCK_SECONDS = 30;

const MINIMUM = { mariadb: [10, 11], mysql: [8, 0] } as const;

/**
 * Checks the server: version, required parameters, session settings and clock.
 *
 * @param loaded schemas that dumps are loaded into
 */
export async function checkDatabase(
  connection: Connection,
  { now, loaded }: { now: () => Date; loaded: readonly string[] },
): Promise<Check[]> {
  return [
    await checkVersion(connection),
    ...(await checkParameters(connection)),
    ...(await checkPrimaryKeys(connection, loaded)),
    await checkSession(connection),
    await checkClock(connection, now),
  ];
}

async function checkVersion(connection: Connection): Promise<Check> {
  const [[row]] = await connection.query<(RowDataPacket & { version: string })[]>("SELECT VERSION() AS version");
  const version = row?.version ?? "";
  const isMariadb = version.includes("MariaDB");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = isMariadb ? MINIMUM.mariadb : MINIMUM.mysql;
  const isRight = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const product = isMariadb ? "MariaDB" : "MySQL";
  if (isRight) return ok("server", `${product} ${version}`);
  return failed(
    "server",
    `${product} ${version}, expected ${product} ${wantedMajor}.${wantedMinor} or newer`,
    "Upgrade the server: Aurora MySQL 3 (MySQL 8.0) in AWS, MariaDB 10.11 on one machine.",
  );
}

async function checkParameters(connection: Connection): Promise<Check[]> {
  // the format does not matter to a server that writes no binary log
  const [rows] = await connection.query<(RowDataPacket & { Variable_name: string; Value: string })[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN (?) AND (@@log_bin OR Variable_name <> 'binlog_format')",
    [REQUIREMENTS.map(({ variable }) => variable)],
  );
  const values = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  const unmet = REQUIREMENTS.flatMap((requirement) => {
    const value = values.get(requirement.variable);
    // some servers do not have all of them
    return value === undefined || requirement.isMet(value) ? [] : [{ ...requirement, value }];
  });
  if (unmet.length === 0) {
    return [ok("parameters", [...values].map(([variable, value]) => `${variable}=${value}`).join(", "))];
  }
  return unmet.map(({ variable, value, expected, because, state, fix }) => ({
    name: `parameter ${variable}`,
    state,
    found: `${value}, expected ${expected}: ${because}`,
    fix: fix ?? `Set ${variable} in the cluster's parameter group (on your own server: SET GLOBAL ${variable}).`,
  }));
}

/** Lists the tables of the last dump that a server with `sql_require_primary_key` refuses; MariaDB does not have it. */
async function checkPrimaryKeys(connection: Connection, loaded: readonly string[]): Promise<Check[]> {
  const [settings] = await connection.query<(RowDataPacket & { Value: string })[]>(
    "SHOW GLOBAL VARIABLES LIKE 'sql_require_primary_key'",
  );
  if (settings[0]?.Value !== "ON") return [];
  const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
    `SELECT CONCAT(t.table_schema, '.', t.table_name) AS name FROM information_schema.tables AS t
      LEFT JOIN information_schema.table_constraints AS c
        ON c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.constraint_type = 'PRIMARY KEY'
      WHERE t.table_schema IN (?) AND t.table_type = 'BASE TABLE' AND c.constraint_name IS NULL ORDER BY 1`,
    [loaded],
  );
  const name = "parameter sql_require_primary_key";
  const fix =
    "Set sql_require_primary_key to OFF in the cluster's parameter group, or ask the source for primary keys.";
  if (rows.length === 0) return [warning(name, "ON: the server refuses tables of a dump without a primary key", fix)];
  const tables = rows.map((row) => row.name).join(", ");
  return [
    failed(name, `ON: the server refuses these tables of the last dump, which have no primary key: ${tables}`, fix),
  ];
}

async function checkSession(connection: Connection): Promise<Check> {
  const [[row]] = await connection.query<(RowDataPacket & { mode: string; zone: string })[]>(
    "SELECT @@SESSION.sql_mode AS mode, @@SESSION.time_zone AS zone",
  );
  const modes = (row?.mode ?? "").split(",");
  const missing = SQL_MODES.filter((mode) => !modes.includes(mode));
  if (missing.length === 0 && row?.zone === "+00:00") return ok("session", `strict, time zone ${row.zone}`);
  return failed(
    "session",
    `sql_mode lacks ${missing.join(", ") || "nothing"}, time zone is ${row?.zone ?? "unknown"}, expected +00:00`,
    "Something changes new sessions: check init_connect and any proxy in front of the server.",
  );
}

async function checkClock(connection: Connection, now: () => Date): Promise<Check> {
  const [[row]] = await connection.query<(RowDataPacket & { now_utc: Date })[]>("SELECT UTC_TIMESTAMP(6) AS now_utc");
  const seconds = Math.abs((row?.now_utc.getTime() ?? 0) - now().getTime()) / 1_000;
  if (seconds <= MAX_CLOCK_SECONDS) return ok("clock", `the server's clock is within ${Math.ceil(seconds)} s of this machine's`);
  return warning(
    "clock",
    `the server's clock differs from this machine's by ${Math.round(seconds)} s`,
    "Correct the clock of this machine or of the server (NTP): ages and deadlines depend on it.",
  );
} // prettier-ignore
