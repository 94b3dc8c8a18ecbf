import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { startDatabase, type DatabaseServer } from "../../local/database-server.ts";
import { chosenEngine, type Engine } from "../../local/engine.ts";
import { batonHome } from "../../shared/config/checkout.ts";
import { runningService } from "../../local/service-process.ts";
import { quoteName, quoteTable } from "../../shared/warehouse/tables/identifier.ts";
import { readCpu } from "./read-cpu.ts";

/** Settings of a database that must not lose a commit; everything else is the server's default. */
export const BENCH_SETTINGS: Readonly<Record<string, string>> = {
  "innodb-flush-log-at-trx-commit": "1",
  "innodb-buffer-pool-size": "1G",
  "innodb-log-file-size": "1G",
  "max-allowed-packet": "1G",
};

const FOLDER = /^bench-run-/;
/** A benchmark that has just created its folder may not have started its server yet. */
const STARTING_MS = 120_000;
const SETTLE_MS = 120_000;
const FEW_PAGES = 50;
/** Pages per second that the server may write between measurements. */
const FAST = 100_000;

/** A private database server for benchmarks, in a folder that is removed with it. */
export class BenchServer {
  /** Holds the server's data; dumps can be stored here too. */
  readonly folder: string;
  readonly database: DatabaseServer;
  private readonly connection: Connection;
  private readonly pid: number;

  private constructor(folder: string, database: DatabaseServer, connection: Connection, pid: number) {
    this.folder = folder;
    this.database = database;
    this.connection = connection;
    this.pid = pid;
  }

  /** Starts the server; the caller closes it. It ends with this process at the latest. */
  static async start(engine: Engine = chosenEngine()): Promise<BenchServer> {
    await mkdir(batonHome, { recursive: true });
    await removeLeftovers();
    const folder = await mkdtemp(join(batonHome, "bench-run-"));
    try {
      const data = join(folder, "database");
      const database = await startDatabase({ folder: data, engine, settings: BENCH_SETTINGS, parentPid: process.pid });
      const { host, port, user, password } = database;
      const connection = await mysql.createConnection({ host, port, user, password });
      return new BenchServer(folder, database, connection, (await runningService(data)) ?? 0);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Stops the server and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.end().catch(() => undefined);
    await this.database.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Version that the server reports. */
  async version(): Promise<string> {
    const [row] = await this.rows<{ version: string }>("SELECT VERSION() AS version");
    return row?.version ?? "";
  }

  /** Processor time of the server so far; undefined where there is no /proc. */
  async cpuSeconds(): Promise<number | undefined> {
    return (await readCpu(this.pid))?.seconds;
  }

  /**
   * Drops schemas and waits until all changes are written to disk, so that every program starts under the same
   * conditions.
   */
  async clear(schemas: readonly string[]): Promise<void> {
    await this.connection.query("SET SESSION foreign_key_checks = 0");
    for (const schema of schemas) await this.connection.query(`DROP DATABASE IF EXISTS ${quoteName(schema)}`);
    await this.settle();
  }

  /** Waits until the writes of earlier programs are on disk. With the server's default settings this takes minutes. */
  async settle(): Promise<void> {
    const names = ["innodb_io_capacity_max", "innodb_io_capacity", "innodb_max_dirty_pages_pct"];
    const [kept] = await this.rows<Record<string, number>>(
      `SELECT ${names.map((name) => `@@GLOBAL.${name} AS ${name}`).join(", ")}`,
    );
    const [max, usual, dirty] = names.map((name) => kept?.[name] ?? 0);
    await this.connection.query("SET GLOBAL innodb_io_capacity_max = ?, GLOBAL innodb_io_capacity = ?", [FAST, FAST]);
    await this.connection.query("SET GLOBAL innodb_max_dirty_pages_pct = 0");
    const deadline = Date.now() + SETTLE_MS;
    while ((await this.dirtyPages()) > FEW_PAGES && Date.now() < deadline) await wait(50);
    await this.connection.query("SET GLOBAL innodb_max_dirty_pages_pct = ?", [dirty]);
    await this.connection.query("SET GLOBAL innodb_io_capacity = ?, GLOBAL innodb_io_capacity_max = ?", [usual, max]);
  }

  private async dirtyPages(): Promise<number> {
    const [row] = await this.rows<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'");
    return Number(row?.Value ?? 0);
  }

  /** Creates an empty schema. */
  async create(schema: string): Promise<void> {
    await this.connection.query(
      `CREATE DATABASE ${quoteName(schema)} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    );
  }

  /** Number of rows by table. Empty tables are left out, because Baton does not create them. */
  async countRows(schema: string): Promise<Record<string, number>> {
    const tables = await this.rows<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE' ORDER BY 1",
      [schema],
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables) {
      const [row] = await this.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM ${quoteTable(schema, name)}`);
      if (row !== undefined && row.n > 0) counts[name] = row.n;
    }
    return counts;
  }

  /** The server's checksum of a table's rows. */
  async checksum(schema: string, table: string): Promise<string> {
    const [row] = await this.rows<{ Checksum: number | null }>(`CHECKSUM TABLE ${quoteTable(schema, table)}`);
    return String(row?.Checksum ?? "none");
  }

  /** Runs a statement and returns its rows. */
  async rows<T>(sql: string, values: readonly string[] = []): Promise<T[]> {
    const [rows] = await this.connection.query<RowDataPacket[]>(sql, [...values]);
    // the caller names the selected columns
    return rows as T[];
  }
}

/** Folders of killed benchmarks. Their servers have ended, but their files remain. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(batonHome)).filter((name) => FOLDER.test(name));
  for (const folder of names.map((name) => join(batonHome, name))) {
    const isNew = Date.now() - (await stat(folder)).mtimeMs < STARTING_MS;
    const isRunning = (await runningService(join(folder, "database"))) !== undefined;
    if (!isNew && !isRunning) await rm(folder, { recursive: true, force: true });
  }
}
