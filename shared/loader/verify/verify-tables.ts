import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { quoteName, quoteTable } from "../../warehouse/tables/identifier.ts";
import { PermanentError } from "../../errors/errors.ts";
import { differingColumns } from "./differing-columns.ts";
import type { IndexedTable } from "../index/dump-index.ts";
import { killSessions } from "../load/kill-sessions.ts";
import { LoadSession } from "../load/load-session.ts";
import { TableLoad } from "../load/load-table.ts";
import type { LoadTarget } from "../load/load-target.ts";

/** A table to compare, and its schema. */
export interface TableToVerify {
  table: IndexedTable;
  schema: string;
}

interface VerifyOptions {
  /** How the tables were loaded; the rows to compare with are loaded into `scratch` instead. */
  target: LoadTarget;
  /** A schema that is created for the comparison and dropped after it. */
  scratch: string;
  warehouse: WarehouseConfig;
  connections: number;
  /** Receives the number of bytes of the dump sent to the server. */
  onBytes: (bytes: number) => void;
  /** Receives the name of each table that matches the dump. */
  onTable: (table: string) => void;
}

/**
 * Compares tables with the dump in a second way: the rows are loaded by INSERT, as the stock client would send them,
 * into a separate schema, where the server's parser reads every value. CHECKSUM TABLE must be equal for both.
 *
 * @throws PermanentError LOAD_VERIFY with table and columns
 */
export async function verifyTables(tables: readonly TableToVerify[], options: VerifyOptions): Promise<void> {
  const { target, scratch, warehouse, connections } = options;
  const waiting = [...tables].sort((one, other) => other.table.bytes - one.table.bytes);
  const sessions: LoadSession[] = [];
  const onAbort = (): void =>
    void killSessions(
      warehouse,
      sessions.map(({ threadId }) => threadId),
    );
  let failure: { error: unknown } | undefined;
  const work = async (): Promise<void> => {
    const session = await LoadSession.open(warehouse);
    sessions.push(session);
    try {
      for (let next = waiting.shift(); next !== undefined && failure === undefined; next = waiting.shift()) {
        target.signal.throwIfAborted();
        await verifyTable(session, next, options);
        options.onTable(next.table.name);
      }
    } catch (error) {
      failure ??= { error: target.signal.aborted ? target.signal.reason : error };
    } finally {
      await session.end();
    }
  };
  const owner = await LoadSession.open(warehouse);
  target.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const charset = target.schemaCollation.split("_")[0] ?? "utf8mb4";
    await owner.run(`DROP DATABASE IF EXISTS ${quoteName(scratch)}`);
    await owner.run(
      `CREATE DATABASE ${quoteName(scratch)} DEFAULT CHARACTER SET ${charset} COLLATE ${target.schemaCollation}`,
    );
    await Promise.all(Array.from({ length: Math.min(connections, tables.length) }, work));
    if (failure !== undefined) throw failure.error;
  } finally {
    target.signal.removeEventListener("abort", onAbort);
    await owner.run(`DROP DATABASE IF EXISTS ${quoteName(scratch)}`).catch(() => undefined);
    await owner.end();
  }
}

async function verifyTable(
  session: LoadSession,
  { table, schema }: TableToVerify,
  { target, scratch, onBytes }: VerifyOptions,
): Promise<void> {
  const server = { ...target.server, allowsLocalInfile: false };
  await new TableLoad(table, { ...target, server, schema: scratch, onBytes }).loadForComparison(session);
  const loaded = quoteTable(schema, table.name);
  const compared = quoteTable(scratch, table.name);
  const sums = await session.rows<{ Checksum: string | number | null }>(`CHECKSUM TABLE ${loaded}, ${compared}`);
  const [mine, theirs] = sums.map(({ Checksum }) => String(Checksum));
  if (mine !== theirs || mine === "null") await explainDifference(session, table, [loaded, compared], [mine, theirs]);
  await session.run(`DROP TABLE ${compared}`);
}

/**
 * Throws unless the tables are equal in all values that the dump gives. A checksum also covers values that the dump
 * does not give, such as a DEFAULT that is a time, and MySQL's LOAD DATA preserves the sign of -0, which an INSERT
 * loses.
 */
async function explainDifference(
  session: LoadSession,
  table: IndexedTable,
  names: readonly [string, string],
  sums: readonly (string | undefined)[],
): Promise<void> {
  const given = new Set(
    table.definition.columns
      .map(({ name }) => name.toLowerCase())
      .filter((name) => table.ranges.every(({ shape }) => shape.targets.some((one) => one.toLowerCase() === name))),
  );
  const columns = await differingColumns(session, names, given);
  if (columns.length === 0 && !sums.includes("null")) return;
  const [count] = await session.rows<{ mine: number; theirs: number }>(
    `SELECT (SELECT COUNT(*) FROM ${names[0]}) AS mine, (SELECT COUNT(*) FROM ${names[1]}) AS theirs`,
  );
  const where = columns.length > 0 ? `, in ${columns.length === 1 ? "column" : "columns"} ${columns.join(", ")}` : "";
  throw new PermanentError(
    "LOAD_VERIFY",
    `${names[0]} differs from the dump${where}: it has ${count?.mine ?? "no"} rows with checksum ${sums[0] ?? "none"}, ` +
      `the dump's ${count?.theirs ?? "no"} rows, loaded with INSERT, have ${sums[1] ?? "none"}`,
    {
      kind: "data",
      advice:
        "Live tables did not change. Check whether anyone else changed the table. Load it again with --no-skip. If it happens again, " +
        "report it with the table's definition.",
    },
  );
}
