/** @bothEngines */
import type { RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { databaseUsers, grantsOf, quoteAccount, type DatabaseUser } from "../../../shared/warehouse/users/grants.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const PASSWORD = "only-for-this-test";

describe("the warehouse's users", () => {
  const warehouse = testWarehouse();
  const { prefix } = warehouse;
  const layers = parseLayerTable([{ name: "staging" }, { name: "silver", alsoBuilds: ["seeds"] }, { name: "gold" }]);
  const names = { layers, schemaPrefix: prefix, userPrefix: prefix, host: "%" };
  const schemas = [
    "staging",
    "staging_next",
    "staging_backup",
    "seeds",
    "silver",
    "silver_next",
    "gold",
    "gold_next",
    "dev_anna_gold",
    "review_1_gold",
  ];

  const accountOf = (user: DatabaseUser): string => quoteAccount(prefix + user, "%");
  function configOf(user: DatabaseUser): WarehouseConfig {
    return { ...warehouse.config, user: prefix + user, password: PASSWORD };
  }
  /** The actions that the user may perform on `<schema>.t`, found by trying them. */
  async function rights(user: DatabaseUser): Promise<Record<string, string>> {
    const connection = await connect(configOf(user));
    const can = (sql: string): Promise<boolean> =>
      connection.query(sql).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && "errno" in error && [1044, 1142, 1370].includes(Number(error.errno)))
            return false;
          throw error;
        },
      );
    const found: Record<string, string> = {};
    for (const schema of [...schemas, "pipeline"]) {
      const table = `\`${prefix}${schema}\`.t`;
      const reads = await can(`SELECT COUNT(*) FROM ${table}`);
      const writes = await can(`INSERT INTO ${table} VALUES (1)`);
      const builds = await can(`CREATE TABLE IF NOT EXISTS ${table}_new (id int)`);
      found[schema] = [reads && "reads", writes && "writes", builds && "builds"].filter(Boolean).join(" ");
    }
    await connection.end();
    return found;
  }

  beforeAll(async () => {
    for (const schema of [...schemas, "pipeline"]) {
      await warehouse.pool.query(`CREATE DATABASE \`${prefix}${schema}\``);
      await warehouse.pool.query(`CREATE TABLE \`${prefix}${schema}\`.t (id int)`);
    }
    for (const user of databaseUsers) {
      await warehouse.pool.query(`CREATE USER ${accountOf(user)} IDENTIFIED BY ?`, [PASSWORD]);
      for (const statement of grantsOf(user, names)) await warehouse.pool.query(statement);
    }
  });
  afterAll(async () => {
    for (const user of databaseUsers) await warehouse.pool.query(`DROP USER ${accountOf(user)}`);
    await warehouse.dispose();
  });

  const all = "reads writes builds";
  const nothing = Object.fromEntries([...schemas, "pipeline"].map((schema) => [schema, ""]));

  it.each<[DatabaseUser, Record<string, string>]>([
    ["loader", { staging: all, staging_next: all, staging_backup: all, pipeline: all }],
    [
      "dbt",
      {
        ...{ staging: "reads", staging_next: "reads", staging_backup: "reads" },
        ...{ seeds: all, silver: all, silver_next: all, gold: all, gold_next: all, pipeline: all },
      },
    ],
    ["ledger", { staging: "reads", seeds: "reads", silver: "reads", gold: "reads", pipeline: all }],
    [
      "operator",
      {
        ...Object.fromEntries(schemas.map((schema) => [schema, schema.endsWith("_next") ? "reads" : all])),
        ...{ pipeline: all, review_1_gold: "" },
      },
    ],
    [
      "review",
      { staging: "reads", seeds: "reads", silver: "reads", gold: "reads", pipeline: "reads", review_1_gold: all },
    ],
    ["reader", { gold: "reads" }],
  ])("%s has the privileges that it needs, and no others", async (user, allowed) => {
    expect(await rights(user)).toEqual({ ...nothing, ...allowed });
  });

  it("does not treat an underscore in a schema's name as a wildcard", async () => {
    await warehouse.pool.query(`CREATE DATABASE \`${prefix}stagingXnext\``);
    const connection = await connect(configOf("loader"));
    const [rows] = await connection.query<RowDataPacket[]>("SHOW DATABASES LIKE ?", [`${prefix}stagingX%`]);
    await connection.end();

    expect(rows).toEqual([]);
  });
});
