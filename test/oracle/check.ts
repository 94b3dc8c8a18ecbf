import { parseArgs } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { warehouseEnvironmentSchema } from "../../shared/config/warehouse-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { createPool } from "../../shared/warehouse/connection/connect.ts";
import { checkWarehouse } from "./check-warehouse.ts";

// node test/oracle/check.ts --date 2026-02-07, with the warehouse in AURORA_* as for dbt: are its figures those of its staging?
const { date } = parseArgs({ options: { date: { type: "string" } } }).values;
if (date === undefined) {
  process.stderr.write("usage: node test/oracle/check.ts --date YYYY-MM-DD\n");
  process.exit(2);
}
const config = await readWarehouseConfig(warehouseEnvironmentSchema.parse(process.env), new SecretsManagerClient({}));
const pool = createPool(config);
try {
  const differences = await checkWarehouse(pool, config.schemaPrefix, date);
  process.stdout.write(differences === "" ? "every figure of silver and gold is right\n" : `${differences}\n`);
  process.exitCode = differences === "" ? 0 : 1;
} finally {
  await pool.end();
}
