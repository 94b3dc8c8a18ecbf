import type { Connection, RowDataPacket } from "mysql2/promise";
import type { LayerRow } from "../../local/layer-table.ts";
import { ledgerSchemaOf, schemasOf } from "../../shared/config/schemas-of.ts";
import { quoteName } from "../../shared/warehouse/tables/identifier.ts";
import { listSeparateSchemas, type SeparateSchemas } from "../../shared/dbt/separate-build.ts";
import { ok, warning, type Check } from "./check.ts";
import { checkDeveloperSchemas, checkReviewSchemas } from "./check-separate-schemas.ts";
import type { CommandFor } from "./doctor-ports.ts";

const SYSTEM = ["information_schema", "mysql", "performance_schema", "sys", "innodb"];
/** The schema with samples of rows that failed a test. */
const SAMPLES = "quality";

interface TableRow extends RowDataPacket {
  table_schema: string;
  table_name: string;
}

/** Finds schemas and tables that no run has created: nobody else looks for leftovers (operations.md section 7). */
export async function checkSchemas(
  connection: Connection,
  layers: readonly LayerRow[],
  { schemaPrefix, command }: { schemaPrefix: string; command: CommandFor },
): Promise<Check[]> {
  const names = layers.flatMap(({ name, alsoBuilds }) => [...alsoBuilds, name]);
  const known = new Set([
    ...[...names, SAMPLES].flatMap((name) => {
      const { live, next, backup } = schemasOf(schemaPrefix, name);
      return [live, next, backup];
    }),
    ledgerSchemaOf(schemaPrefix),
  ]);
  const [schemas] = await connection.query<(RowDataPacket & { name: string })[]>(
    "SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ? ORDER BY schema_name",
    [schemaPrefix.length, schemaPrefix],
  );
  const ofDevelopers = await listUnknown(connection, schemaPrefix, "dev", known);
  const ofReviews = await listUnknown(connection, schemaPrefix, "review", known);
  for (const name of [...ofDevelopers, ...ofReviews].flatMap((one) => one.schemas)) known.add(name);
  const strays = schemas.map(({ name }) => name).filter((name) => !known.has(name) && !SYSTEM.includes(name));
  return [
    checkDeveloperSchemas(ofDevelopers, { now: new Date(), command }),
    checkReviewSchemas(ofReviews, { command }),
    strays.length === 0
      ? ok("stray schemas", "none")
      : warning(
          "stray schemas",
          strays.join(", "),
          `Nothing of Baton reads or writes them. When you know that nobody else does: DROP DATABASE ${quoteName(strays[0] ?? "")}`,
        ),
    await checkTables(connection, names, schemaPrefix),
  ];
}

/** Separate schemas, without those of a layer whose name begins in the same way. */
async function listUnknown(
  connection: Connection,
  schemaPrefix: string,
  kind: "dev" | "review",
  known: ReadonlySet<string>,
): Promise<SeparateSchemas[]> {
  const found = await listSeparateSchemas(connection, schemaPrefix, kind);
  return found
    .map((one) => ({ ...one, schemas: one.schemas.filter((name) => !known.has(name)) }))
    .filter(({ schemas }) => schemas.length > 0);
}

async function checkTables(connection: Connection, names: readonly string[], schemaPrefix: string): Promise<Check> {
  const live = names.map((name) => schemasOf(schemaPrefix, name).live);
  const ledger = quoteName(ledgerSchemaOf(schemaPrefix));
  const [rows] = await connection.query<TableRow[]>(
    `SELECT tables.table_schema AS table_schema, tables.table_name AS table_name FROM information_schema.tables
      LEFT JOIN ${ledger}.live_table AS live
        ON live.schema_name = tables.table_schema AND live.table_name = tables.table_name
      WHERE tables.table_schema IN (?) AND live.table_name IS NULL ORDER BY 1, 2`,
    [live],
  );
  if (rows.length === 0) return ok("stray tables", "none in the live schemas");
  const strays = rows.map((row) => `${row.table_schema}.${row.table_name}`);
  const shown = strays.slice(0, 10).join(", ");
  return warning(
    "stray tables",
    `${shown}${strays.length > 10 ? ` and ${strays.length - 10} more` : ""}: in a live schema, but not published by a run`,
    "Find out who created them, and drop leftovers. Readers must use only published tables.",
  );
}
