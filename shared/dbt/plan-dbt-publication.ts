import type { Connection } from "mysql2/promise";
import { TransientError } from "../errors/errors.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import type { OpenLedger } from "../ledger/open-ledger.ts";
import { planTableSet, type SetMember } from "../ledger/publication/plan-table-set.ts";
import type { PublicationPlan } from "../ledger/publication/publication.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { listRelations } from "../warehouse/tables/publish-set.ts";
import { readViews, withSchemas } from "../warehouse/tables/views.ts";
import type { BuiltTable } from "./judge-build.ts";

/** Returns the live schema for a build schema, `<name>_next`. */
export function liveSchemaOf(next: string): string {
  return next.replace(/_next$/, "");
}

/**
 * Plans the publication of a dbt build. Every table and view of the manifest becomes live; views then read the live
 * tables instead of those in build schemas. Replaced tables and views become a dated backup.
 *
 * @throws TransientError BUILD_INCOMPLETE when a table or view of the manifest is missing in its schema
 */
export async function planDbtPublication(
  { warehouse, ledger }: { warehouse: WarehouseConfig; ledger: OpenLedger },
  built: readonly BuiltTable[],
): Promise<Omit<PublicationPlan, "businessDate" | "upstream">> {
  const connection = await connect(warehouse);
  try {
    const liveOf = new Map(built.map(({ schema }) => [schema, liveSchemaOf(schema)]));
    const members: SetMember[] = [];
    for (const next of liveOf.keys()) {
      const ofSchema = built.filter(({ schema }) => schema === next);
      members.push(...(await membersOf(connection, { next, liveOf, built: ofSchema })));
    }
    return await planTableSet({ connection, pool: ledger.pool }, { schemas: [...liveOf.values()], members });
  } finally {
    await connection.end();
  }
}

async function membersOf(
  connection: Connection,
  { next, liveOf, built }: { next: string; liveOf: ReadonlyMap<string, string>; built: readonly BuiltTable[] },
): Promise<SetMember[]> {
  const present = await listRelations(connection, next);
  const missing = built.filter(({ table, relation }) => present.get(table) !== relation).map(({ table }) => table);
  if (missing.length > 0) {
    throw new TransientError("BUILD_INCOMPLETE", `${next} lacks ${missing.join(", ")}, which dbt should have built`, {
      kind: "bug",
      advice: "The next attempt builds everything again. If this repeats: does another program drop tables there?",
    });
  }
  const views = await readViews(connection, next);
  return built.map(({ table }) => {
    const select = views.get(table);
    const member = { schema: liveSchemaOf(next), name: table };
    if (select === undefined) return { ...member, from: { schema: next, table } };
    return { ...member, select: withSchemas(select, liveOf) };
  });
}
