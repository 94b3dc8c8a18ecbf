import { schemaRefusal } from "../../../shared/loader/schema-refusal.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

describe("the schema of a load", () => {
  let warehouse: TestWarehouse;

  beforeAll(async () => {
    warehouse = testWarehouse();
    const ledger = `${warehouse.prefix}pipeline`;
    await warehouse.pool.query(`CREATE DATABASE ${ledger}`);
    await warehouse.pool.query(`CREATE TABLE ${ledger}.layer_run (layer varchar(64))`);
    await warehouse.pool.query(`INSERT INTO ${ledger}.layer_run VALUES ('staging'), ('platinum')`);
  });
  afterAll(() => warehouse.dispose());

  it.each([
    ["mysql", /belongs to the database server/],
    ["MySQL", /belongs to the database server/],
    ["INFORMATION_SCHEMA", /belongs to the database server/],
    ["sys", /belongs to the database server/],
    ["Performance_Schema", /belongs to the database server/],
    ["Pipeline", /belongs to Baton/],
    ["PREFIX_pipeline", /belongs to Baton/],
    ["PREFIX_QUALITY", /belongs to Baton/],
    ["PREFIX_Gold", /belongs to Baton/],
    ["PREFIX_seeds", /belongs to Baton/],
    ["PREFIX_platinum", /belongs to Baton/],
    ["PREFIX_staging_NEXT", /end in _next, _backup or _verify/],
    ["trial_backup", /end in _next, _backup or _verify/],
    ["mysql ", /a space/],
    ["", /1 to 57 characters/],
    ["x".repeat(58), /1 to 57 characters/],
  ])("cannot be %j", async (name, reason) => {
    expect(await schemaRefusal(warehouse.config, name.replace("PREFIX_", warehouse.prefix))).toMatch(reason);
  });

  it.each(["trial", "PREFIX_staging", "gold_of_others"])("can be %j", async (name) => {
    expect(await schemaRefusal(warehouse.config, name.replace("PREFIX_", warehouse.prefix))).toBeUndefined();
  });
});
