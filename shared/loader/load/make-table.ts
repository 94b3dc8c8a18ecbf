import { PermanentError } from "../../errors/errors.ts";
import { errnoOf } from "../../warehouse/connection/errno-of.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { rebuildTable, type TablePlan } from "../definitions/rebuild-table.ts";
import { DefinitionFault } from "../definitions/definition-reader.ts";
import type { IndexedTable } from "../index/dump-index.ts";
import { dumpError } from "../lexer/dump-error.ts";
import type { ServerColumn } from "./column-plan.ts";
import { isRefusal } from "./is-refusal.ts";
import type { LoadSession } from "./load-session.ts";
import type { LoadTarget } from "./load-target.ts";

/**
 * Up to this size, an ALTER TABLE with its disk writes takes longer than maintaining the keys while rows are inserted.
 */
const SMALL_TABLE_BYTES = 1024 * 1024;
const NO_SUCH_TABLE = 1146;
/** `sql_require_primary_key` is ON. */
const WITHOUT_PRIMARY_KEY = 3750;

/**
 * Plans the statements that create a table.
 *
 * @throws PermanentError DUMP_DEFINITION when the definition is not allowed
 */
export function planTable(table: IndexedTable, target: LoadTarget): TablePlan {
  const { schema, schemaCollation, database, server } = target;
  try {
    return rebuildTable(table.definition, {
      schema,
      database,
      collations: { known: server.collations, schemaDefault: schemaCollation },
      product: server.dialect.product,
      keys: table.bytes <= SMALL_TABLE_BYTES ? "before-rows" : "after-rows",
    });
  } catch (error) {
    if (!(error instanceof DefinitionFault)) throw error;
    const { offset, line, name } = table;
    throw dumpError("DUMP_DEFINITION", { offset, line, table: name, found: error.message, expected: error.expected });
  }
}

/**
 * @throws PermanentError DUMP_DEFINITION when the server rejects the definition; PRIMARY_KEY_REQUIRED when its settings
 *   forbid tables without a primary key
 */
export async function createTable(session: LoadSession, table: IndexedTable, plan: TablePlan): Promise<void> {
  try {
    await session.run(plan.create);
  } catch (error) {
    if (errnoOf(error) === WITHOUT_PRIMARY_KEY) {
      const message = `table ${table.name} of the dump has no primary key, and the server's sql_require_primary_key is ON`;
      throw new PermanentError("PRIMARY_KEY_REQUIRED", message, { kind: "target", cause: error });
    }
    if (!isRefusal(error)) throw error;
    const found = `a definition that the server rejects: ${error.message}`;
    throw definitionError(table, { found, expected: "one that it accepts", cause: error });
  }
}

const ADVICE =
  "Live tables did not change. If the source is newer than this server, load into a server of its version; otherwise " +
  "change the definition at the source.";

/** Creates the error for a definition that the server rejects, with the place of its CREATE TABLE. */
export function definitionError(
  { offset, line, name: table }: IndexedTable,
  { code = "DUMP_DEFINITION", cause, ...fault }: DefinitionFaultOptions,
): Error {
  return dumpError(code, { ...fault, advice: fault.advice ?? ADVICE, offset, line, table }, cause);
}

interface DefinitionFaultOptions {
  code?: string;
  found: string;
  expected: string;
  advice?: string | undefined;
  cause?: unknown;
}

/** Returns SHOW CREATE TABLE; undefined when the table does not exist. */
export async function readDefinition(session: LoadSession, schema: string, table: string): Promise<string | undefined> {
  try {
    const [shown] = await session.rows<{ "Create Table": string }>(`SHOW CREATE TABLE ${quoteTable(schema, table)}`);
    return shown?.["Create Table"];
  } catch (error) {
    if (errnoOf(error) === NO_SUCH_TABLE) return undefined;
    throw error;
  }
}

/** The columns of a table, by name in lower case. */
export type ServerColumns = ReadonlyMap<string, ServerColumn>;

type ColumnRow = Record<"parent" | "name" | "type" | "extra", string> & { charset: string | null };

/** Reads the columns of tables as the server created them; returns a function of the table. */
export async function readColumns(
  session: LoadSession,
  schema: string,
  tables: readonly string[],
): Promise<(table: string) => ServerColumns> {
  const rows = await session.rows<ColumnRow>(
    `SELECT table_name AS parent, column_name AS name, LOWER(data_type) AS type, character_set_name AS charset,
        extra AS extra
      FROM information_schema.columns WHERE table_schema = ? AND table_name IN (${tables.map(() => "?").join(", ")})`,
    [schema, ...tables],
  );
  const found = Map.groupBy(rows, ({ parent }) => parent);
  return (table) =>
    // with lower_case_table_names=1, the server has changed the name
    new Map(
      (found.get(table) ?? found.get(table.toLowerCase()) ?? []).map((row) => [row.name.toLowerCase(), columnOf(row)]),
    );
}

function columnOf({ name, type, charset, extra }: ColumnRow): ServerColumn {
  return {
    ...{ name, type, charset: charset ?? undefined },
    isAutoIncrement: /auto_increment/i.test(extra),
    isGenerated: /\b(?:stored|virtual) generated/i.test(extra),
  };
}
