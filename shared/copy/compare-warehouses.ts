import type { Connection } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { endConnection } from "../warehouse/connection/end-connection.ts";
import { compareTables, type TableComparison } from "../warehouse/ranges/compare-tables.ts";
import { readTableShapes, type TableShape } from "../warehouse/ranges/table-shape.ts";

/** A table of both servers, compared. */
export interface ComparedTable extends TableComparison {
  schema: string;
  table: string;
  /** Only one of the servers has the table. */
  missing?: "source" | "target";
}

export interface ComparisonReport {
  equal: boolean;
  tables: readonly ComparedTable[];
}

export interface CompareOptions {
  from: WarehouseConfig;
  to: WarehouseConfig;
  /** Live schemas, which have the same names on both servers. */
  schemas: readonly string[];
  /** Tables to compare; all by default. */
  only?: (schema: string, table: string) => boolean;
  /** Pairs of connections. */
  connections: number;
  signal: AbortSignal;
  /** Tables that were compared before, whose results are taken over. */
  known?: readonly ComparedTable[];
  onRows: (rows: number) => void;
  /** Receives each other table. */
  onTable?: (table: ComparedTable) => void;
}

/** Compares the tables of two warehouses: counts and digests of key ranges, computed by both servers in the same way. */
export async function compareWarehouses(options: CompareOptions): Promise<ComparisonReport> {
  const { from, to, schemas, signal, only } = options;
  const tables = [...(options.known ?? [])];
  const known = new Set(tables.map(({ schema, table }) => `${schema}.${table}`));
  const connections: Connection[] = [];
  const open = async (config: WarehouseConfig): Promise<Connection> => {
    const connection = await connect(config);
    connections.push(connection);
    return connection;
  };
  const onAbort = (): void => connections.forEach((connection) => connection.destroy());
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const [source, target] = [await open(from), await open(to)];
    const waiting: WaitingTable[] = [];
    for (const schema of schemas) {
      const [mine, theirs] = await Promise.all([readTableShapes(source, schema), readTableShapes(target, schema)]);
      for (const table of new Set([...mine.keys(), ...theirs.keys()])) {
        if (only?.(schema, table) === false || known.has(`${schema}.${table}`)) continue;
        waiting.push({ schema, table, mine: mine.get(table), theirs: theirs.get(table) });
      }
    }
    waiting.sort((one, other) => (other.mine?.bytes ?? 0) - (one.mine?.bytes ?? 0));
    const work = async (): Promise<void> => {
      const pair = { source: await open(from), target: await open(to) };
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        signal.throwIfAborted();
        const compared = await compareTable(pair, next, options.onRows);
        tables.push(compared);
        options.onTable?.(compared);
      }
    };
    await Promise.all(Array.from({ length: options.connections }, work));
    tables.sort((one, other) => `${one.schema}.${one.table}`.localeCompare(`${other.schema}.${other.table}`, "en"));
    return { equal: tables.every(({ equal }) => equal), tables };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await Promise.all(connections.map(endConnection));
  }
}

interface WaitingTable {
  schema: string;
  table: string;
  /** Undefined when the source, or the target, does not have it. */
  mine: TableShape | undefined;
  theirs: TableShape | undefined;
}

async function compareTable(
  { source, target }: { source: Connection; target: Connection },
  { schema, table, mine, theirs }: WaitingTable,
  onRows: (rows: number) => void,
): Promise<ComparedTable> {
  if (mine === undefined || theirs === undefined) {
    return { schema, table, rows: 0, equal: false, differences: [], missing: mine === undefined ? "source" : "target" };
  }
  const one = { connection: source, shape: mine };
  const other = { connection: target, shape: theirs };
  return { schema, table, ...(await compareTables(one, other, onRows)) };
}
