import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { PermanentError } from "../errors/errors.ts";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { quoteTable } from "../warehouse/tables/identifier.ts";
import { listRelations } from "../warehouse/tables/publish-set.ts";
import type { RowDataPacket } from "mysql2/promise";
import type { BuiltTable } from "./judge-build.ts";
import { liveSchemaOf } from "./plan-dbt-publication.ts";

/**
 * Compares the live tables and views with the manifest after a publication. None may be missing or of another kind, and
 * no table of an earlier publication may remain.
 *
 * @throws PermanentError LIVE_DIFFERS with the differences
 */
export async function requireLive(warehouse: WarehouseConfig, built: readonly BuiltTable[]): Promise<void> {
  const connection = await connect(warehouse);
  const differences: string[] = [];
  try {
    for (const [schema, expected] of Map.groupBy(built, (table) => liveSchemaOf(table.schema))) {
      const live = await listRelations(connection, schema);
      for (const { table, relation } of expected) {
        const found = live.get(table);
        if (found !== relation) differences.push(`${schema}.${table} is ${found ?? "missing"}, expected a ${relation}`);
      }
      const [published] = await connection.query<(RowDataPacket & { name: string })[]>(
        `SELECT table_name AS name FROM ${quoteTable(ledgerSchemaOf(warehouse.schemaPrefix), "live_table")}
          WHERE schema_name = ?`,
        [schema],
      );
      const names = new Set(expected.map(({ table }) => table));
      for (const { name } of published) {
        if (!names.has(name)) differences.push(`${schema}.${name} is still live, but no model builds it`);
      }
    }
  } finally {
    await connection.end();
  }
  if (differences.length === 0) return;
  throw new PermanentError("LIVE_DIFFERS", `the live tables are not those of the manifest: ${differences.join("; ")}`, {
    kind: "bug",
    advice: "Does another program change these schemas? Compare with the backups (./baton backups list), then replay.",
  });
}
