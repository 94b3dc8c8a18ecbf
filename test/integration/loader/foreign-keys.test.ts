import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { checkReferences, loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../../shared/loader/load-dump.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const child = (type: string): string =>
  `CREATE TABLE child (id int PRIMARY KEY, p ${type}, KEY p (p), CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id));INSERT INTO child VALUES (1,1);`;
const parent = (type: string): string => `CREATE TABLE parent (id ${type} PRIMARY KEY);INSERT INTO parent VALUES (1);`;

describe("foreign keys of a dump", () => {
  let warehouse: TestWarehouse;
  let folder: string;

  beforeAll(async () => {
    warehouse = testWarehouse();
    folder = await mkdtemp(join(tmpdir(), "baton-keys-"));
  });
  afterAll(async () => {
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const load = async (dump: string, live: string, only?: readonly string[]): Promise<LoadReport> => {
    const location = join(folder, "dump.sql");
    await writeFile(location, dump);
    const schemas = { live, next: `${live}_next`, backup: `${live}_backup` };
    return loadAndPublish({ location, warehouse: warehouse.config, schemas, only });
  };
  const parentsOf = async (live: string): Promise<string[]> => {
    const [rows] = await warehouse.pool.query<(RowDataPacket & { parent: string })[]>(
      `SELECT CONCAT(unique_constraint_schema, '.', referenced_table_name) AS parent
        FROM information_schema.referential_constraints WHERE constraint_schema = ?`,
      [live],
    );
    return rows.map(({ parent: name }) => name);
  };

  it("are omitted and counted while the dump lacks their table, and created with it", async () => {
    const live = `${warehouse.prefix}missing`;

    const first = await load(child("int"), live);
    expect(await parentsOf(live)).toEqual([]);
    const second = await load(child("bigint") + parent("bigint"), live);

    expect(first.skipped).toMatchObject({ "foreign key without its table": 1 });
    expect(second.skipped).toEqual({});
    expect(await parentsOf(live)).toEqual([`${live}.parent`]);
  });

  it("do not refer to a table in the backup, even if their own table did not change", async () => {
    const live = `${warehouse.prefix}gone`;
    await load(child("int") + parent("int"), live);

    await load(child("int"), live);

    expect(await parentsOf(live)).toEqual([]);
    await load(child("int") + parent("int"), live);
    expect(await parentsOf(live)).toEqual([`${live}.parent`]);
  });

  it("bring the tables that they connect with into a load of only one table", async () => {
    const live = `${warehouse.prefix}only`;
    const others = "CREATE TABLE a (n int);INSERT INTO a VALUES (1);CREATE TABLE b (n int);INSERT INTO b VALUES (1);";
    await load(child("int") + parent("int") + others, live);
    const changed = child("bigint") + parent("bigint") + others.replaceAll("(1)", "(2)");

    const report = await load(changed, live, ["child", "a"]);

    expect(report.tables.map(({ name }) => name)).toEqual(["child", "parent", "a"]);
    expect(report).toMatchObject({ rows: 3, removed: [] });
    expect(await parentsOf(live)).toEqual([`${live}.parent`]);
    const [rows] = await warehouse.pool.query(`SELECT a.n AS a, b.n AS b FROM ${live}.a, ${live}.b`);
    expect(rows).toEqual([{ a: 2, b: 1 }]);
    // the next whole load knows what is live
    const whole = await load(changed, live);
    expect(whole.tables.map(({ name, state }) => `${name} ${state}`)).toEqual([
      ...["child kept", "parent kept", "a kept", "b loaded"],
    ]);
    await expect(load(changed, live, ["a", "c"])).rejects.toMatchObject({
      code: "LOAD_TABLE_UNKNOWN",
      message: "the dump does not have c; it has child, parent, a, b",
    });
  });

  it("that refer to another schema are found", async () => {
    const [live, other] = [`${warehouse.prefix}old`, `${warehouse.prefix}other`];
    const connection = await connect(warehouse.config);
    for (const sql of [
      `CREATE DATABASE ${live}`,
      `CREATE DATABASE ${other}`,
      `CREATE TABLE ${other}.parent (id int PRIMARY KEY)`,
      `CREATE TABLE ${live}.child (p int, CONSTRAINT fk FOREIGN KEY (p) REFERENCES ${other}.parent (id))`,
    ])
      await connection.query(sql);

    await expect(checkReferences(connection, live)).rejects.toMatchObject({
      code: "LOAD_REFERENCES",
      message: `foreign keys leave ${live}: fk of child refers to ${other}`,
    });
    await expect(checkReferences(connection, other)).resolves.toBeUndefined();
    await connection.end();
  });
});
