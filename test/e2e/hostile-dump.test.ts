import { existsSync } from "node:fs";
import { mkdir, writeFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { RowDataPacket } from "mysql2/promise";
import type { RunId } from "../../events/ids.ts";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import { quoteName } from "../../shared/warehouse/tables/identifier.ts";
import { testServices } from "../support/services.ts";
import { deployStage, type TestStage } from "../support/stack.ts";
import { StageRuns } from "../support/stage-runs.ts";

const DAY = "2026-02-07";

/** A name that closes quotes, statements, elements and templates. */
const NAME = "a`; DROP DATABASE gold; -- {{ 7*191 }}<img src=x onerror=h=1>.b";
const LONG_NAME = `n${"m".repeat(63)}`;
/** A value that closes quotes, statements, log lines, elements and templates, escaped as in a dump. */
const VALUE_IN_SQL = String.raw`\'); DROP DATABASE gold; -- {{ env_var(\'AURORA_PASSWORD\') }}{% do x %}</script><img src=x onerror=h=1>\n{"level":"ERROR","message":"forged"}\r\n\u2028$(touch /tmp/h)`;
const VALUE = `'); DROP DATABASE gold; -- {{ env_var('AURORA_PASSWORD') }}{% do x %}</script><img src=x onerror=h=1>\n{"level":"ERROR","message":"forged"}\r\nu2028$(touch /tmp/h)`;

/** A hostile source's dump goes through the deployed pipeline: no part of it is executed anywhere. @slow */
describe("a hostile dump", () => {
  let stage: TestStage;
  let runs: StageRuns;
  let folder: string;
  let honest: string;
  let before: string;
  let live: string;

  beforeAll(async () => {
    stage = await deployStage();
    runs = new StageRuns(stage);
    folder = join(testServices().folder, `${stage.status.stage}-dumps`);
    const file = join(folder, "honest.sql");
    await writeSample(generateSample({ sizeBytes: 1e6, seed: 3, date: DAY }), { file });
    // its binary columns are not valid text in any encoding
    honest = await readFile(file, "latin1");
    const { pool, prefix } = stage.warehouse;
    await pool.query(`CREATE DATABASE ${prefix}vault`);
    await pool.query(`CREATE TABLE ${prefix}vault.gold_bars (id int PRIMARY KEY)`);
    await pool.query(`INSERT INTO ${prefix}vault.gold_bars VALUES (1), (2)`);
    before = await guarded();
  }, 400_000);

  afterAll(async () => {
    runs?.close();
    await stage?.dispose();
  }, 400_000);

  /** Users, their rights, programs, schemas and tables outside the source's data: no dump may change them. */
  async function guarded(): Promise<string> {
    const { pool, prefix } = stage.warehouse;
    const ask = async (sql: string, values: readonly string[] = []): Promise<RowDataPacket[]> =>
      (await pool.query<RowDataPacket[]>(sql, [...values]))[0];
    return JSON.stringify({
      // other tests create and drop users at the same time
      users: await ask("SELECT * FROM mysql.global_priv WHERE LEFT(user, ?) IN (?, 'hacker')", [String(prefix.length), prefix]), // prettier-ignore
      rights: await ask("SELECT * FROM mysql.db WHERE LEFT(user, ?) IN (?, 'hacker') ORDER BY user, db", [String(prefix.length), prefix]), // prettier-ignore
      hacker: await ask("SELECT user FROM mysql.global_priv WHERE user = 'hacker'"),
      routines: await ask("SELECT routine_schema, routine_name FROM information_schema.routines WHERE LEFT(routine_schema, ?) = ?", [String(prefix.length), prefix]), // prettier-ignore
      triggers: await ask("SELECT trigger_name FROM information_schema.triggers WHERE LEFT(trigger_schema, ?) = ?", [String(prefix.length), prefix]), // prettier-ignore
      events: await ask("SELECT event_name FROM information_schema.events WHERE LEFT(event_schema, ?) = ?", [String(prefix.length), prefix]), // prettier-ignore
      views: await ask("SELECT table_name FROM information_schema.views WHERE LEFT(table_schema, ?) = ?", [String(prefix.length), prefix]), // prettier-ignore
      settings: await ask("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('general_log', 'local_infile', 'event_scheduler')"), // prettier-ignore
      vault: await ask(`SELECT * FROM ${prefix}vault.gold_bars`),
      files: existsSync("/tmp/h") || existsSync(join(folder, "out")),
    });
  }

  async function checksums(): Promise<string> {
    const { pool, prefix } = stage.warehouse;
    const [tables] = await pool.query<(RowDataPacket & { s: string; t: string })[]>(
      "SELECT table_schema AS s, table_name AS t FROM information_schema.tables WHERE table_schema IN (?) ORDER BY 1, 2",
      [["staging", "silver", "gold"].map((name) => prefix + name)],
    );
    const names = tables.map(({ s, t }) => `${quoteName(s)}.${quoteName(t)}`);
    const [rows] = await pool.query(`CHECKSUM TABLE ${names.join(", ")}`);
    return JSON.stringify(rows);
  }

  async function write(day: string, dump: string): Promise<string> {
    await mkdir(join(folder, day), { recursive: true });
    const file = join(folder, day, `gghouse_${day.replaceAll("-", "")}.sql`);
    await writeFile(file, dump, "latin1");
    return file;
  }

  it("is loaded as data: its tables and rows are created, its programs and users are not", async () => {
    const { prefix, pool } = stage.warehouse;
    const named = honest.replace(
      /(INSERT INTO `tenants` VALUES \(\d+,'[^']*','[^']*',(?:'[^']*'|NULL),(?:'[^']*'|NULL),)'[^']*'/,
      (_, head: string) => `${head}'${VALUE_IN_SQL}'`,
    );
    const programs = `
SET GLOBAL general_log = 'ON';
SET GLOBAL event_scheduler = 'ON';
CREATE USER 'hacker'@'%' IDENTIFIED BY 'x';
GRANT ALL PRIVILEGES ON *.* TO 'hacker'@'%' WITH GRANT OPTION;
/*!50003 CREATE USER 'hacker'@'localhost' */;
CREATE TABLE \`${NAME.replaceAll("`", "``")}\` (\`id\` int, \`c\`\`; DROP DATABASE gold; --\` varchar(200));
INSERT INTO \`${NAME.replaceAll("`", "``")}\` VALUES (1,'${VALUE_IN_SQL}');
CREATE TABLE \`${LONG_NAME}\` (\`${LONG_NAME}\` int);
INSERT INTO \`${LONG_NAME}\` VALUES (1),(2);
DELIMITER ;;
/*!50003 CREATE TRIGGER steal AFTER INSERT ON \`tenants\` FOR EACH ROW DELETE FROM ${prefix}vault.gold_bars */;;
/*!50106 CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM ${prefix}vault.gold_bars */;;
CREATE PROCEDURE p() DELETE FROM ${prefix}vault.gold_bars;;
DELIMITER ;
CREATE VIEW v AS SELECT * FROM mysql.user;
`;
    // the statements are inserted before the dump's last line, which marks it as complete
    const end = named.lastIndexOf("\n--");
    const run = await runs.request(await write(DAY, named.slice(0, end) + programs + named.slice(end)));

    expect(await runs.untilEnd(run)).toEqual(["staging completed", "silver completed", "gold completed"]);
    const [[tenant]] = await pool.query<RowDataPacket[]>(
      `SELECT full_name FROM ${prefix}staging.tenants WHERE full_name LIKE '%DROP DATABASE%'`,
    );
    expect(tenant).toEqual({ full_name: VALUE });
    const [[cleaned]] = await pool.query<RowDataPacket[]>(
      `SELECT full_name FROM ${prefix}silver.stg_tenants WHERE full_name LIKE '%DROP DATABASE%'`,
    );
    expect(cleaned?.["full_name"]).toContain("{{ env_var('AURORA_PASSWORD') }}{% do x %}");
    const [rows] = await pool.query<RowDataPacket[]>(`SELECT * FROM ${prefix}staging.${quoteName(NAME)}`);
    expect(rows).toEqual([{ id: 1, "c`; DROP DATABASE gold; --": VALUE }]);
    const [longs] = await pool.query<RowDataPacket[]>(`SELECT * FROM ${prefix}staging.${LONG_NAME}`);
    expect(longs).toHaveLength(2);
    expect(await guarded()).toEqual(before);
    live = await checksums();
  }, 400_000);

  it("forges no log line, and its names are plain text on the page", async () => {
    const { s3, bucket } = stage.access;
    const page = await runs.until("the page with the table", async () => {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "console/index.html" })).catch(() => undefined); // prettier-ignore
      const text = await answer?.Body?.transformToString();
      return text?.includes("DROP DATABASE gold") === true ? text : undefined;
    });
    const lines = await runs.logLines();

    expect(page).not.toContain("<img src=x");
    expect(page).toContain("&lt;img src=x onerror=h=1&gt;");
    expect(page).not.toContain(String(7 * 191));
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => line.startsWith('{"level":"ERROR","message":"forged"}'))).toEqual([]);
    expect(lines.filter((line) => line.includes("env_var('AURORA_PASSWORD')"))).toEqual([]);
  }, 400_000);

  it.each([
    ["a versioned comment that drops", "DUMP_STATEMENT_FORBIDDEN", () => `/*!50000 DROP DATABASE ${stage.warehouse.prefix}vault */;`],
    ["a DELIMITER that hides", "DUMP_STATEMENT_FORBIDDEN", () => `DELIMITER //\nDROP DATABASE ${stage.warehouse.prefix}gold//\nDELIMITER ;`],
    ["a file written by the server", "DUMP_STATEMENT_FORBIDDEN", () => `SELECT * FROM tenants INTO OUTFILE '${join(folder, "out")}';`],
    ["a file read by the server", "DUMP_EXPRESSION", () => `CREATE TABLE x (v text);\nINSERT INTO x VALUES (LOAD_FILE('/etc/passwd'));`],
    ["rows for another schema", "DUMP_SEVERAL_DATABASES", () => `CREATE TABLE gold_bars (id int);\nINSERT INTO \`${stage.warehouse.prefix}vault\`.\`gold_bars\` VALUES (3);`],
    ["a command of the client", "DUMP_CLIENT_COMMAND", () => "\\! touch /tmp/h"],
  ])("with %s is refused, and live tables do not change", async (name, code, statements) => {
    refusals += 1;
    const day = `2026-02-${String(9 + refusals).padStart(2, "0")}`;
    const end = honest.lastIndexOf("\n--");
    const run: RunId = await runs.request(await write(day, `${honest.slice(0, end)}\n${statements()}\n${honest.slice(end)}`)); // prettier-ignore

    const failed = await runs.untilLayer(run, "staging", "failed", "completed");

    expect([name, failed.code]).toEqual([name, code]);
    expect(await runs.dlqMessages("staging")).toContainEqual(expect.objectContaining({ runId: run, code }));
    expect(await checksums()).toEqual(live);
    expect(await guarded()).toEqual(before);
  }, 400_000); // prettier-ignore
  let refusals = 0;

  it("is kept in quarantine with the reason", async () => {
    const { s3, bucket } = stage.access;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "quarantine/" }));

    expect(Contents.map(({ Key }) => Key)).toContain("quarantine/gghouse_20260210.sql.reason.json");
  });
});
