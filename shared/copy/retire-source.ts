import type { Connection, RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { PermanentError } from "../errors/errors.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { inTransactionOn } from "../warehouse/connection/transaction.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { judgeTarget } from "../warehouse/identity/judge-target.ts";
import { quoteName } from "../warehouse/tables/identifier.ts";
import { readConnections, type ConnectionRecord } from "./connection-record.ts";
import { placeOf } from "./copy-sides.ts";
import { judgeRetirement, type RetirementRule } from "./judge-retirement.ts";
import { readRetirement, recordMove, type Retirement } from "./retirement.ts";

export interface RetireOptions extends RetirementRule {
  from: WarehouseConfig;
  to: WarehouseConfig;
  /** The person, for the ledger. */
  by: string;
  /** Schemas with data; those of the ledger stay. */
  schemas: readonly string[];
  data: "keep" | "drop";
  /** Receives each schema before it is dropped. */
  onDrop: (schema: string) => void;
}

/** A retired server that nobody uses any more. */
export interface RetireReport {
  /** ISO 8601. */
  retiredAt: string;
  /** Nobody has connected since then, as far as the server knows. */
  quietSince: string;
  /** How the server counts connections. */
  source: ConnectionRecord["source"];
  /** Schemas that hold data, or that were dropped. */
  schemas: readonly { name: string; tables: number; bytes: number }[];
  isDropped: boolean;
}

/**
 * Checks that a retired server is not used any more, and removes its data on request. Its ledger stays with the mark, so
 * that a function with an old configuration still gets TARGET_RETIRED.
 *
 * @throws PermanentError COPY_NOT_SWITCHED, RETIRE_TOO_EARLY, RETIRE_IN_USE, RETIRE_UNKNOWN; LEDGER_MISSING or
 *   COPY_TARGET_IN_USE when the other server does not hold the warehouse. Nothing was removed then.
 */
export async function retireSource(options: RetireOptions): Promise<RetireReport> {
  const { from, to, by, data } = options;
  const source = await connect(from);
  try {
    const retirement = await readRetirement(source, from, to);
    await requireWarehouse(to, retirement);
    const seen = await readConnections(source);
    const verdict = judgeRetirement(retirement, seen, options);
    const { state } = retirement.last;
    if (verdict.startsAgain) await recordMove(source, from, by, [state, { ...state, connections: seen.record }]);
    if (verdict.problem !== undefined) throw verdict.problem;
    const schemas = await readSizes(source, options.schemas);
    if (data === "drop") await drop(source, options, schemas);
    return {
      ...{ retiredAt: retirement.retiredAt.toISOString(), quietSince: verdict.quietSince.toISOString() },
      ...{ source: seen.record.source, schemas },
      isDropped: data === "drop",
    };
  } finally {
    await endConnection(source);
  }
}

/** The data may be the only one: the new server must have the warehouse. */
async function requireWarehouse(to: WarehouseConfig, { identity }: Retirement): Promise<void> {
  const target = await connect(to);
  try {
    const found = await findTarget(target, to);
    if (found.row === undefined) {
      throw new PermanentError("LEDGER_MISSING", `${placeOf(to)} has no ledger in schema ${found.schema}`, {
        kind: "target",
      });
    }
    if (found.row.identity !== identity) {
      throw new PermanentError("COPY_TARGET_IN_USE", `${placeOf(to)} holds another warehouse`, { kind: "target" });
    }
    // it may have been moved on since
    const problem = judgeTarget(found, {}).find(({ code }) => code === "TARGET_MOVED");
    if (problem !== undefined) throw problem;
  } finally {
    await endConnection(target);
  }
}

async function readSizes(source: Connection, schemas: readonly string[]): Promise<RetireReport["schemas"]> {
  const [rows] = await source.query<(RowDataPacket & { name: string; tables: number; bytes: string })[]>(
    `SELECT schema_name AS name, COUNT(table_name) AS tables, CAST(COALESCE(SUM(data_length + index_length), 0) AS CHAR) AS bytes
      FROM information_schema.schemata LEFT JOIN information_schema.tables ON table_schema = schema_name
      WHERE schema_name IN (?) GROUP BY schema_name ORDER BY schema_name`,
    [schemas],
  );
  return rows.map(({ name, tables, bytes }) => ({ name, tables: Number(tables), bytes: Number(bytes) }));
}

async function drop(
  source: Connection,
  { from, to, by, onDrop }: RetireOptions,
  schemas: RetireReport["schemas"],
): Promise<void> {
  await inTransactionOn(source, async () => {
    await source.query("SELECT id FROM ??.turn WHERE id = 1 FOR UPDATE", [ledgerSchemaOf(from.schemaPrefix)]);
    // `back` may have opened the server meanwhile; after this record it cannot
    const { state } = (await readRetirement(source, from, to)).last;
    if (state.isDropped !== true) await recordMove(source, from, by, [state, { ...state, isDropped: true }]);
  });
  // foreign keys may connect tables of two schemas
  await source.query("SET foreign_key_checks = 0");
  for (const { name } of schemas) {
    onDrop(name);
    await source.query(`DROP DATABASE ${quoteName(name)}`);
  }
}
