import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { checkDatabase } from "../../cli/doctor/check-database.ts";
import { startDatabase, type DatabaseServer } from "../../local/database-server.ts";
import { parseLayerTable } from "../../shared/config/layer-table.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { copyWarehouse, type CopyReport } from "../../shared/copy/copy-warehouse.ts";
import { planCopy } from "../../shared/copy/plan-copy.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { loadAndPublish } from "../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../shared/loader/load-dump.ts";
import { runReview } from "../../shared/review/run-review.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { compareGrants } from "../../shared/warehouse/users/compare-grants.ts";
import { grantsOf, quoteAccount, readSchemaNames } from "../../shared/warehouse/users/grants.ts";
import { dbt } from "../integration/dbt/dbt-command.ts";
import { testServices } from "../support/services.ts";
import { testWarehouse } from "../support/warehouse.ts";

/** Settings that administrators of MySQL use, and that MariaDB does not have or that are fixed at initialization. */
const SETTINGS = {
  "sql-require-primary-key": "ON",
  "partial-revokes": "ON",
  "lower-case-table-names": "1",
  "log-bin": "binlog",
  "collation-server": "latin1_swedish_ci",
  "character-set-server": "latin1",
};
/** Global values, which new sessions start with. */
const DEFAULTS = [
  ...["autocommit = 0", "completion_type = 2", "sql_safe_updates = 1", "sql_select_limit = 2"],
  "max_join_size = 10",
  ...["group_concat_max_len = 4", "div_precision_increment = 0", "default_week_format = 3", "lc_time_names = 'ja_JP'"],
  "init_connect = 'SET NAMES latin1, autocommit = 0'",
];
const SCHEMAS = { live: "staging", next: "staging_next", backup: "staging_backup" };

describe("a MySQL server with strict settings", () => {
  let folder: string;
  let server: DatabaseServer;
  let admin: Connection;
  let config: WarehouseConfig;

  beforeAll(async () => {
    folder = await mkdtemp(join(testServices().folder, "settings-"));
    server = await startDatabase({
      folder: join(folder, "database"),
      engine: "mysql",
      settings: SETTINGS,
      parentPid: process.pid,
    });
    const { host, port, user, password } = server;
    config = { host, port, user, password, tls: "disabled", schemaPrefix: "" };
    admin = await connect(config);
    for (const value of DEFAULTS) await admin.query(`SET GLOBAL ${value}`);
    await admin.end();
    admin = await connect(config);
  }, 120_000);
  afterAll(async () => {
    await admin.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const load = async (dump: string, warehouse = config): Promise<LoadReport> => {
    const location = join(folder, "dump.sql");
    await writeFile(location, dump);
    return loadAndPublish({ location, warehouse, schemas: SCHEMAS });
  };

  it("loads and publishes as the loader's user, whose rights doctor finds complete and can repair", async () => {
    const account = quoteAccount("baton_loader", "127.0.0.1");
    const schemaNames = await readSchemaNames(admin);
    const names = { schemaPrefix: "", userPrefix: "baton_", host: "127.0.0.1", schemaNames };
    const wanted = grantsOf("loader", { ...names, layers: parseLayerTable([{ name: "staging" }, { name: "gold" }]) });
    const shown = async (): Promise<string[]> => {
      const [rows] = await admin.query<RowDataPacket[]>(`SHOW GRANTS FOR ${account}`);
      return rows.map((row) => String(Object.values(row)[0]));
    };
    await admin.query(`CREATE USER ${account} IDENTIFIED BY 'x'`);
    // rights for a server without partial revokes, and far too many
    await admin.query(`GRANT CREATE ON \`staging\\_next\`.* TO ${account}`);
    await admin.query(`GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION`);
    for (const statement of compareGrants(await shown(), wanted, account).repair) await admin.query(statement);

    expect(compareGrants(await shown(), wanted, account)).toEqual({ missing: [], surplus: [], repair: [] });
    const loader = { ...config, user: "baton_loader", password: "x" };
    await expect(
      load("CREATE TABLE Rooms (Id int PRIMARY KEY, v text);INSERT INTO Rooms VALUES (1,'a');", loader),
    ).resolves.toMatchObject({ tables: [{ state: "loaded" }] });
  });

  it("loads texts and rows that sessions with the server's defaults would change or lose", async () => {
    const rows = ["(1,'日本 😀')", "(2,'é')", "(3,NULL)"];

    await load(
      `CREATE TABLE texts (id int PRIMARY KEY, v text CHARACTER SET utf8mb4);INSERT INTO texts VALUES ${rows.join()};`,
    );

    const [found] = await admin.query("SELECT HEX(v) AS v FROM staging.texts ORDER BY id");
    const hex = (text: string): string => Buffer.from(text).toString("hex").toUpperCase();
    expect(found).toEqual([{ v: hex("日本 😀") }, { v: hex("é") }, { v: null }]);
  });

  it("builds models in sessions with the same settings as on every server", async () => {
    const variables = "@@group_concat_max_len, @@div_precision_increment, @@sql_select_limit, @@sql_big_selects";
    const values = `${variables}, week('2026-01-01'), monthname('2026-01-01')`;
    const query = `run_query("select ${values}").rows[0].values() | join(', ')`;

    const run = await dbt(config, ["compile", "--inline", `{{ ${query} if execute }}`]);

    const compiled = run.events.map(({ data }) => data["compiled"]).find((text) => typeof text === "string");
    expect(compiled).toBe("1048576, 4, 18446744073709551615, 1, 0, January");
  });

  it("names the setting and the table when it refuses a table without a primary key, not the dump", async () => {
    await expect(load("CREATE TABLE logs (a int);INSERT INTO logs VALUES (1);")).rejects.toMatchObject({
      code: "PRIMARY_KEY_REQUIRED",
      kind: "target",
      message: "table logs of the dump has no primary key, and the server's sql_require_primary_key is ON",
    });
  });

  it("takes a moved warehouse, and refuses tables without a primary key or with capital letters before the first row", async () => {
    await using source = testWarehouse(testServices("mariadb").database);
    const { pool } = await openLedger(source.config, {});
    await pool.end();
    const staging = `${source.prefix}staging`;
    await source.pool.query(`CREATE DATABASE ${staging}`);
    await source.pool.query(`CREATE TABLE ${staging}.rooms AS SELECT 1 AS id`);
    const sides = { from: source.config, to: { ...config, schemaPrefix: source.prefix } };
    let rows = 0;
    const copy = (): Promise<CopyReport> =>
      copyWarehouse({
        ...{ ...sides, connections: 1, existing: "refuse", signal: new AbortController().signal },
        schemas: [{ name: staging, changes: "by-publication" }],
        ...{ onProgress: (progress) => (rows += progress.rows), onRepeat: () => undefined },
      });

    await expect(copy()).rejects.toMatchObject({
      code: "COPY_DEFINITION",
      message: expect.stringContaining(`${staging}.rooms`) as string,
    });
    await source.pool.query(`ALTER TABLE ${staging}.rooms ADD PRIMARY KEY (id), RENAME ${staging}.Rooms`);
    const plan = await planCopy({ ...sides, schemas: [staging] });
    expect(plan.obstacles).toEqual([
      { code: "COPY_DEFINITION", message: expect.stringContaining("lower_case_table_names=1") as string },
    ]);
    await expect(copy()).rejects.toMatchObject({ code: "COPY_DEFINITION" });
    expect(rows).toBe(0);
    await source.pool.query(`ALTER TABLE ${staging}.Rooms RENAME ${staging}.rooms`);
    expect(await copy()).toMatchObject({ tables: [{ name: "rooms", rows: 1, state: "copied" }] });
  });

  it("refuses a review, whose user it cannot limit to review_*, and lets that user only read", async () => {
    const account = quoteAccount("baton_review", "127.0.0.1");
    const layers = parseLayerTable([{ name: "staging" }, { name: "gold" }]);
    const options = { layers, schemaPrefix: "", userPrefix: "baton_", host: "127.0.0.1" };
    const { pool } = await openLedger(config, {});
    await admin.query("CREATE DATABASE IF NOT EXISTS gold");
    await admin.query("CREATE TABLE IF NOT EXISTS gold.t (id int PRIMARY KEY)");
    await admin.query(`CREATE USER ${account} IDENTIFIED BY 'x'`);
    for (const statement of grantsOf("review", { ...options, schemaNames: "literal" })) await admin.query(statement);
    const reviewer = { ...config, user: "baton_review", password: "x" };
    const connection = await connect(reviewer);
    const set = { businessDate: "2026-02-07", runId: "2026-02-07-1a2b3c4d" };
    const dbt = { python: "not used", project: "not used", threads: 1 };

    await expect(connection.query("SELECT * FROM gold.t")).resolves.toBeDefined();
    await expect(connection.query("INSERT INTO gold.t VALUES (1)")).rejects.toMatchObject({ errno: 1142 });
    await expect(connection.query("CREATE DATABASE review_1_gold")).rejects.toMatchObject({ errno: 1044 });
    await connection.end();
    await expect(
      runReview({
        ...{ installation: dbt, baseInstallation: dbt, warehouse: reviewer, ledger: pool, base: "main", select: [] },
        ...{ baseState: "not used", workFolder: folder, signal: new AbortController().signal },
        onProgress: () => undefined,
        readLiveSets: () => Promise.resolve({ gold: set }),
      }),
    ).rejects.toMatchObject({ code: "REVIEW_NO_SCHEMAS" });
    await pool.end();
  });

  it("gets advice from doctor that can be carried out", async () => {
    await admin.query("SET SESSION sql_require_primary_key = OFF");
    await admin.query("CREATE DATABASE IF NOT EXISTS staging");
    await admin.query("CREATE TABLE staging.keyless (a int)");
    await admin.query("SET GLOBAL binlog_format = 'STATEMENT'");
    const checks = await checkDatabase(admin, { now: () => new Date(), loaded: ["staging"] });
    const found = (name: string): unknown => checks.find((check) => check.name === `parameter ${name}`);

    expect(found("sql_require_primary_key")).toMatchObject({
      state: "failed",
      found: expect.stringContaining("no primary key: staging.keyless") as string,
    });
    expect(found("lower_case_table_names")).toMatchObject({
      state: "warning",
      fix: expect.stringMatching(/fixed when a cluster is created/) as string,
    });
    expect(found("binlog_format")).toMatchObject({
      state: "warning",
      found: expect.stringMatching(/^STATEMENT, expected ROW or MIXED/) as string,
    });
    expect(found("partial_revokes")).toMatchObject({
      state: "warning",
      found: expect.stringMatching(/^ON, expected OFF: .*reviews/) as string,
    });
  });

  it("gets no advice about the format of a binary log that a server does not write", async () => {
    const { host, port, user, password } = testServices("mysql").database;
    const other = await connect({ host, port, user, password, tls: "disabled", schemaPrefix: "" });
    await other.query("SET GLOBAL binlog_format = 'STATEMENT'");

    const checks = await checkDatabase(other, { now: () => new Date(), loaded: ["staging"] });

    await other.query("SET GLOBAL binlog_format = DEFAULT");
    await other.end();
    expect(checks.map(({ name }) => name)).not.toContain("parameter binlog_format");
    expect(checks.find(({ name }) => name.startsWith("parameter"))).toMatchObject({
      found: expect.any(String) as string,
    });
  });
});
