import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineProgram } from "../../../local/engine-programs.ts";
import { chosenEngine } from "../../../local/engine.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadDumpOptions, LoadReport } from "../../../shared/loader/load-dump.ts";
import { LoadSession } from "../../../shared/loader/load/load-session.ts";
import { readSignatures } from "../../../shared/loader/load/table-signature.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const DUMP = `CREATE TABLE first (id int NOT NULL, v varchar(20), n decimal(10,2), f float, b blob, made datetime(6) DEFAULT current_timestamp(6), PRIMARY KEY (id), KEY by_v (v));
INSERT INTO first (id, v, n, f, b) VALUES (1,'one',1.50,0.1,'\\0'),(2,'two',NULL,1e10,NULL),(3,'TWO ',-1,3,'x');
CREATE TABLE second (a int, b text)${chosenEngine() === "mariadb" ? " WITH SYSTEM VERSIONING" : ""};
INSERT INTO second VALUES (1,'a'),(1,'a'),(2,NULL);
`;

describe("a load with --verify", () => {
  let warehouse: TestWarehouse;
  let folder: string;
  let dump: string;
  let schema = "";
  let number = 0;

  beforeAll(async () => {
    warehouse = testWarehouse();
    folder = await mkdtemp(join(tmpdir(), "baton-dump-"));
    dump = join(folder, "dump.sql");
    await writeFile(dump, DUMP);
  });
  beforeEach(() => {
    number += 1;
    schema = `${warehouse.prefix}v${number}`;
  });
  afterAll(async () => {
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const load = (more: Partial<LoadDumpOptions> = {}): Promise<LoadReport> =>
    loadAndPublish({
      location: dump,
      warehouse: warehouse.config,
      schemas: { live: schema, next: `${schema}_next`, backup: `${schema}_backup` },
      verify: "rows",
      ...more,
    });

  /** Runs a statement and blocks this process until it has ended. */
  const runAtOnce = (sql: string): void => {
    const { host, port, user, password } = warehouse.config;
    const { command, first, env } = engineProgram("client");
    const access = ["--no-defaults", `--host=${host}`, `--port=${port}`, `--user=${user}`];
    execFileSync(command, [...first, ...access, "-e", sql], { env: { ...env, MYSQL_PWD: password } });
  };
  const onceLoaded = (sql: string): Partial<LoadDumpOptions> => ({
    onTable(event) {
      if (event.state === "loaded" && event.table === "first") runAtOnce(sql);
    },
  });

  it("passes when the rows equal the dump, including defaults of the server", async () => {
    const report = await load();

    expect(report.tables.map(({ state }) => state)).toEqual(["loaded", "loaded"]);
    const [schemas] = await warehouse.pool.query(
      `SELECT schema_name FROM information_schema.schemata WHERE schema_name = '${schema}_verify'`,
    );
    expect(schemas).toEqual([]);
  });

  it.each([
    [
      "a letter's case",
      "UPDATE :first SET v = 'Two' WHERE id = 2",
      /first` differs from the dump, in column v, where id = 2 the dump has two, the table has Two: it has 3 rows/,
    ],
    ["a space at the end", "UPDATE :first SET v = 'TWO' WHERE id = 3", /in column v/],
    ["a cent", "UPDATE :first SET n = 1.51 WHERE id = 1", /in column n/],
    ["NULL for a value", "UPDATE :first SET b = '' WHERE id = 2", /in column b/],
    [
      "values of two rows exchanged",
      "UPDATE :first SET f = IF(id = 1, 3, 0.1) WHERE id IN (1, 3)",
      /in columns id, v, n, f, b/,
    ],
    ["a row less", "DELETE FROM :first WHERE id = 1", /2 rows with checksum .* the dump's 3 rows/],
    ["a row more", "INSERT INTO :first (id) VALUES (9)", /4 rows with checksum .* the dump's 3 rows/],
  ])("finds %s, and publishes nothing", async (_, sql, message) => {
    const failure = load(onceLoaded(sql.replace(":first", `${schema}_next.first`)));

    await expect(failure).rejects.toMatchObject({
      code: "LOAD_VERIFY",
      message: expect.stringMatching(message) as string,
    });
    const [tables] = await warehouse.pool.query(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = '${schema}'`,
    );
    expect(tables).toEqual([]);
  });

  it("also compares unchanged tables", async () => {
    await load();
    runAtOnce(`UPDATE ${schema}.second SET b = 'b' WHERE a = 2`);
    const session = await LoadSession.open(warehouse.config);
    const signatures = await readSignatures(session, schema, ["second"]);
    await session.end();
    // the record says that the altered table matches the dump
    runAtOnce(
      `UPDATE ${schema}_next._baton_live SET signature = '${signatures.get("second") ?? ""}' WHERE table_name = 'second'`,
    );

    await expect(load({ verify: "counts" })).resolves.toMatchObject({ tables: [{ state: "kept" }, { state: "kept" }] });
    await expect(load()).rejects.toMatchObject({
      code: "LOAD_VERIFY",
      message: expect.stringMatching(/`second` differs from the dump, in column b/) as string,
    });
    await expect(load({ skip: "force" })).resolves.toMatchObject({
      tables: [{ state: "loaded" }, { state: "loaded" }],
    });
  });

  it("notices a change within the second of the load", async () => {
    await load();
    runAtOnce(`UPDATE ${schema}.second SET b = 'b' WHERE a = 2`);

    await expect(load()).resolves.toMatchObject({ tables: [{ state: "kept" }, { state: "loaded" }] });
  });
});
