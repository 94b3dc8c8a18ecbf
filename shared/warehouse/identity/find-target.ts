import type { Connection } from "mysql2/promise";
import { ledgerSchemaOf } from "../../config/schemas-of.ts";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { readServer } from "./read-server.ts";
import { readTargetRow } from "./target-row.ts";
import type { FoundTarget } from "./target.ts";

/** Reads which warehouse a connection reaches; writes nothing. */
export async function findTarget(connection: Connection, config: WarehouseConfig): Promise<FoundTarget> {
  const schema = ledgerSchemaOf(config.schemaPrefix);
  const server = await readServer(connection, config.host);
  return { host: config.host, port: config.port, schema, server, row: await readTargetRow(connection, schema) };
}
