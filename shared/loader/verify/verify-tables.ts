import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { quoteName, quoteTable } from "../../warehouse/tables/identifier.ts";
import { PermanentError } from "../../errors/errors.ts";
import { withoutExpression } from "../definitions/column-definition.ts";
import { differenceOf, type ComparedTables } from "./differing-columns.ts";
import type { IndexedTable } from "../index/dump-index.ts";
import { killSessions } from "../load/kill-sessions.ts";
import { LoadSession } from "../load/load-session.ts";
import { readColumns } from "../load/make-table.ts";
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
  const onAbort = (): void => void killSessions(warehouse, sessions);
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
  const stored = withGivenValues(table);
  const load = new TableLoad(stored, { ...target, server, schema: scratch, onBytes });
  await load.create(session);
  const columnsOf = await readColumns(session, scratch, [table.name]);
  await load.loadRows(session, columnsOf(table.name));
  const names = { loaded: quoteTable(schema, table.name), given: quoteTable(scratch, table.name) };
  const sums = await session.rows<{ Checksum: string | number | null }>(
    `CHECKSUM TABLE ${names.loaded}, ${names.given}`,
  );
  const [mine, theirs] = sums.map(({ Checksum }) => String(Checksum));
  // a checksum may leave virtual columns out
  const isProof = stored === table && mine === theirs && mine !== "null";
  if (!isProof) await explainDifference(session, table, names, [mine, theirs]);
  await session.run(`DROP TABLE ${names.given}`);
}

/** True when every INSERT of the table gives values for the column. */
function isGiven({ ranges }: IndexedTable, { name }: { name: string }): boolean {
  return ranges.every(({ shape }) => shape.targets.some((target) => target.toLowerCase() === name.toLowerCase()));
}

/**
 * The table with plain columns in place of generated ones whose values the dump gives, so that the dump's values can be
 * compared with the computed ones. Without the keys and checks that the dump's values might violate.
 */
function withGivenValues(table: IndexedTable): IndexedTable {
  const { definition } = table;
  const given = definition.columns.filter((column) => column.source === "expression" && isGiven(table, column));
  if (given.length === 0) return table;
  const names = new Set<string | undefined>(given.map(({ name }) => name.toLowerCase()));
  const columns = definition.columns.map((column) => (given.includes(column) ? withoutExpression(column) : column));
  const keys = definition.keys.filter((key) => !key.columns.some((name) => names.has(name?.toLowerCase())));
  return { ...table, definition: { ...definition, columns, keys, others: [] } };
}

/**
 * Throws unless the tables are equal in all values that the dump gives. A checksum also covers values that the dump
 * does not set, such as a DEFAULT that is a time or the times of row versions, and MySQL's LOAD DATA preserves the sign
 * of -0, which an INSERT loses.
 */
async function explainDifference(
  session: LoadSession,
  table: IndexedTable,
  names: ComparedTables,
  sums: readonly (string | undefined)[],
): Promise<void> {
  const compared = table.definition.columns.filter(
    (column) => column.source !== "row-version" && isGiven(table, column),
  );
  const difference = await differenceOf(session, names, new Set(compared.map(({ name }) => name.toLowerCase())));
  if (difference === undefined && !sums.includes("null")) return;
  const { columns = [], example } = difference ?? {};
  const [count] = await session.rows<{ mine: number; theirs: number }>(
    `SELECT (SELECT COUNT(*) FROM ${names.loaded}) AS mine, (SELECT COUNT(*) FROM ${names.given}) AS theirs`,
  );
  const where = columns.length > 0 ? `, in ${columns.length === 1 ? "column" : "columns"} ${columns.join(", ")}` : "";
  const isComputed = compared
    .filter(({ name }) => columns.includes(name))
    .every(({ source }) => source === "expression");
  throw new PermanentError(
    "LOAD_VERIFY",
    `${names.loaded} differs from the dump${where}${example === undefined ? "" : `, ${example}`}: it has ` +
      `${count?.mine ?? "no"} rows with checksum ${sums[0] ?? "none"}, the dump's ${count?.theirs ?? "no"} rows, ` +
      `loaded with INSERT, have ${sums[1] ?? "none"}`,
    { kind: "data", advice: isComputed && columns.length > 0 ? COMPUTED_ADVICE : ADVICE },
  );
}

const ADVICE =
  "Live tables did not change. Check whether anyone else changed the table. Load it again with --no-skip. If it happens " +
  "again, report it with the table's definition.";
const COMPUTED_ADVICE =
  "Live tables did not change. The server computes these columns, and the dump has other values for them. Correct them at " +
  "the source, or load without --verify: the tables then have the computed values.";
