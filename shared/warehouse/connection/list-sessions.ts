import type { Connection, Pool, RowDataPacket } from "mysql2/promise";

/** A session of the server. */
export interface Session {
  id: number;
  user: string;
  host: string;
  /** Its default schema. */
  schema: string | null;
  /** What its statement does at the moment, such as `Waiting for table metadata lock`. */
  state: string;
  /** Its statement; empty when it runs none. */
  statement: string;
}

/**
 * Lists the sessions that the user may see: its own, with the privilege PROCESS all.
 *
 * Reads no information_schema.processlist: MySQL's has the statements in utf8mb3, and refuses every query of it (error 3854)
 * while any session runs a statement with a character of 4 bytes.
 */
export async function listSessions(connection: Connection | Pool): Promise<Session[]> {
  const [rows] = await connection.query<RowDataPacket[]>("SHOW FULL PROCESSLIST");
  return rows.map((row) => ({
    id: Number(row["Id"]),
    user: String(row["User"]),
    host: String(row["Host"]),
    schema: row["db"] === null ? null : String(row["db"]),
    state: String(row["State"] ?? ""),
    statement: String(row["Info"] ?? ""),
  }));
}
