import type { Connection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { EVERY_SESSION, openConnection } from "../../warehouse/connection/connect.ts";
import { dropConnection, endConnection } from "../../warehouse/connection/end-connection.ts";
import { InfileSender } from "./infile-sender.ts";

/**
 * Settings of a loading session, so that rows are stored exactly as in the dump whatever the server's defaults are:
 * zero dates and 0 in AUTO_INCREMENT columns are preserved, and every conversion is an error.
 */
const SESSION = [
  `SET ${EVERY_SESSION}`,
  "SESSION time_zone = '+00:00'",
  "SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'",
  "SESSION foreign_key_checks = 0",
  // unlike a warning, a note does not mean that data is lost
  "SESSION sql_notes = 0",
  "SESSION lock_wait_timeout = 120",
  "SESSION innodb_lock_wait_timeout = 120",
  "SESSION net_read_timeout = 600",
  "SESSION net_write_timeout = 600",
  "SESSION wait_timeout = 3600",
].join(", ");

/** Further settings, which MariaDB and older versions of MySQL do not have. */
const MYSQL_SESSION = [
  // by default, the server answers from statistics up to a day old
  "information_schema_stats_expiry = 0",
  // sorts a key of a million rows in memory; with the default of 1 MB, keys take twice the processor time
  "innodb_ddl_buffer_size = 33554432",
];

/** The server's result for loaded rows. */
export interface LoadResult {
  rows: number;
  warnings: readonly ServerWarning[];
  warningCount: number;
}

/** A line of SHOW WARNINGS. */
export interface ServerWarning {
  level: string;
  code: number;
  message: string;
}

/** A connection that loads rows. */
export class LoadSession {
  readonly connection: Connection;
  /** The server's ID of the connection, for KILL. */
  readonly threadId: number;
  private readonly sender: InfileSender;
  private timeZone = "+00:00";

  private constructor(connection: Connection) {
    this.connection = connection;
    this.threadId = connection.threadId;
    this.sender = new InfileSender(connection);
  }

  /** Connects; the caller must call `end`. */
  static async open(config: WarehouseConfig): Promise<LoadSession> {
    const connection = await openConnection(config, {
      // the dump's bytes are sent unchanged: each character of a string here is one byte
      charset: "BINARY",
      // without this, SET NAMES would change how strings are sent
      flags: ["LOCAL_FILES", "-SESSION_TRACK"],
    });
    const session = new LoadSession(connection);
    await session.run(SESSION);
    for (const setting of MYSQL_SESSION) await session.run(`SET SESSION ${setting}`).catch(() => undefined);
    return session;
  }

  /** Runs a statement whose text may hold any characters. */
  async run(sql: string): Promise<ResultSetHeader> {
    const [result] = await this.connection.query<ResultSetHeader>(asBytes(sql));
    return result;
  }

  async rows<T>(sql: string, values: readonly (string | number)[] = []): Promise<T[]> {
    const bound = values.map((value) => (typeof value === "string" ? asBytes(value) : value));
    const [rows] = await this.connection.query<RowDataPacket[]>(asBytes(sql), bound);
    // the type argument describes the columns that the caller selects
    return rows as T[];
  }

  /** Sets the time zone of the dump's TIMESTAMP values. */
  async useTimeZone(timeZone: string): Promise<void> {
    if (timeZone === this.timeZone) return;
    await this.run(`SET SESSION time_zone = ${this.connection.escape(timeZone)}`);
    this.timeZone = timeZone;
  }

  /**
   * Runs LOAD DATA LOCAL with rows from a stream, no faster than the server reads them.
   *
   * @param rows chunks, each used completely before the next one is requested
   * @param signal ends the wait for a server that reads no more data
   */
  async loadData(sql: string, rows: AsyncIterable<Buffer>, signal: AbortSignal): Promise<LoadResult> {
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    try {
      const [result] = await this.connection.query<ResultSetHeader>({
        sql: asBytes(sql),
        infileStreamFactory: () => this.sender.start(rows, stop),
      });
      return await this.resultOf(result);
    } finally {
      // the default reason is an error with a stack
      ended.abort("ended");
    }
  }

  /** Runs an INSERT given as bytes. */
  async insert(statement: Buffer): Promise<LoadResult> {
    // without values, mysql2 does not search the text for placeholders
    const [result] = await this.connection.query<ResultSetHeader>({ sql: statement.toString("latin1"), values: null });
    return this.resultOf(result);
  }

  private async resultOf(result: ResultSetHeader): Promise<LoadResult> {
    const warningCount = result.warningStatus;
    if (warningCount === 0) return { rows: result.affectedRows, warnings: [], warningCount };
    const shown = await this.rows<{ Level: string; Code: number; Message: string }>("SHOW WARNINGS");
    const warnings = shown.map(({ Level, Code, Message }) => ({ level: Level, code: Code, message: Message }));
    return { rows: result.affectedRows, warnings, warningCount };
  }

  /** Closes the connection gracefully, or destroys it when the server does not answer. */
  async end(): Promise<void> {
    await endConnection(this.connection);
  }

  /** Closes the connection immediately. */
  destroy(): void {
    dropConnection(this.connection);
  }
}

/** A string whose characters are the UTF-8 bytes of `text`, which a connection with charset BINARY sends unchanged. */
function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
