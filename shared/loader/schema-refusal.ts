import type { RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf, qualitySchemaOf, schemasOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { quoteTable } from "../warehouse/tables/identifier.ts";

const SYSTEM = new Set(["mysql", "sys", "information_schema", "performance_schema", "ndbinfo"]);
/** Suffixes of the schemas that loads and layers create beside a live one. */
const RESERVED = /_(?:next|backup|verify)$/i;
/** Longest name that leaves room for a suffix within MySQL's limit of 64 characters. */
const MAX_LENGTH = 57;
const LEDGER = ledgerSchemaOf("");
/** The layer that loads dumps. */
const STAGING = "staging";

/**
 * Returns why a schema must not be loaded into, because it belongs to the server or to Baton; undefined when it may.
 *
 * @param schema name of the live schema, in any letter case
 */
export async function schemaRefusal(warehouse: WarehouseConfig, schema: string): Promise<string | undefined> {
  const name = schema.toLowerCase();
  if (name === "" || name.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  if (name.trim() !== name) return "must not begin or end with a space";
  if (SYSTEM.has(name)) return `must be your own schema; ${schema} belongs to the database server`;
  if (RESERVED.test(name)) return `must not end in _next, _backup or _verify: a load creates these schemas`;
  if (name.endsWith(LEDGER) || (await ownSchemas(warehouse)).has(name)) {
    return `must be your own schema; ${schema} belongs to Baton`;
  }
  return undefined;
}

/**
 * Returns the schemas of all Baton environments on the server, in lower case, except those that dumps are loaded into.
 */
async function ownSchemas(warehouse: WarehouseConfig): Promise<Set<string>> {
  const connection = await connect(warehouse);
  try {
    const [ledgers] = await connection.query<(RowDataPacket & { name: string })[]>(
      `SELECT table_schema AS name FROM information_schema.tables
        WHERE table_name = 'layer_run' AND LOWER(table_schema) LIKE ?`,
      [`%${LEDGER}`],
    );
    const own = new Set<string>();
    for (const { name } of ledgers) {
      const prefix = name.slice(0, -LEDGER.length);
      const [layers] = await connection.query<(RowDataPacket & { layer: string })[]>(
        `SELECT DISTINCT layer FROM ${quoteTable(name, "layer_run")}`,
      );
      const built = ["silver", "gold", "seeds", ...layers.map(({ layer }) => layer)].filter(
        (layer) => layer !== STAGING,
      );
      for (const schema of [qualitySchemaOf(prefix), ...built.map((layer) => schemasOf(prefix, layer).live)]) {
        own.add(schema.toLowerCase());
      }
    }
    return own;
  } finally {
    await endConnection(connection);
  }
}
