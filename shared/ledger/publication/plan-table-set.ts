import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { dayOf } from "../../time/business-day.ts";
import { derivedName } from "../../warehouse/tables/derived-name.ts";
import { quoteTable } from "../../warehouse/tables/identifier.ts";
import { ensureSchema, listRelations, type Rename } from "../../warehouse/tables/publish-set.ts";
import { readViews, type ViewDefinition } from "../../warehouse/tables/views.ts";
import { backupNameOf, freeInstant } from "./backup-names.ts";
import type { PublicationPlan, PublishedTable, TakenBackup } from "./publication.ts";

/** A table or view that becomes live. */
export type SetMember = ViewDefinition | { schema: string; name: string; from: { schema: string; table: string } };

type SetChanges = Required<
  Pick<PublicationPlan, "renames" | "views" | "publishedTables" | "removedTables" | "backups" | "stats">
>;

/** The set that is to be live. */
interface TableSet {
  /** Live schemas of the set. */
  schemas: readonly string[];
  members: readonly SetMember[];
  /** Keep the live tables that are not members; by default those that a run has published go to the backup. */
  keepsOthers?: boolean;
}

/** The schema of a live schema's backups. */
export function backupSchemaOf(live: string): string {
  return `${live}_backup`;
}

/** Plans what makes a set live; every table or view that it replaces becomes a dated backup. */
export async function planTableSet(
  { connection, pool }: { connection: Connection; pool: Pool },
  { schemas, members, keepsOthers = false }: TableSet,
): Promise<SetChanges> {
  const live = new Map<string, Map<string, "table" | "view">>();
  const taken = new Set<string>();
  const removed: { schema: string; table: string }[] = [];
  for (const schema of schemas) {
    const backup = backupSchemaOf(schema);
    await ensureSchema(connection, schema);
    await ensureSchema(connection, backup);
    const present = await listRelations(connection, schema);
    live.set(schema, present);
    const { published, backups } = await readRecords(pool, schema);
    for (const name of [...backups, ...(await listRelations(connection, backup)).keys()]) taken.add(name);
    const names = new Set(members.filter((member) => member.schema === schema).map(({ name }) => name));
    const isRemoved = (table: string): boolean => present.has(table) && !names.has(table) && !keepsOthers;
    removed.push(...published.filter(isRemoved).map((table) => ({ schema, table })));
  }
  const kindOf = (schema: string, name: string): "table" | "view" | undefined => live.get(schema)?.get(name);
  const replaced = [...members.map(({ schema, name }) => ({ schema, table: name })), ...removed].filter(
    ({ schema, table }) => kindOf(schema, table) !== undefined,
  );
  const now = freeInstant(
    replaced.map(({ table }) => table),
    taken,
    new Date(),
  );
  const liveViews = new Map<string, string>();
  for (const schema of schemas) {
    for (const [name, select] of await readViews(connection, schema)) liveViews.set(`${schema}.${name}`, select);
  }
  const backups = replaced.map(({ schema, table }): TakenBackup => {
    const viewSelect = liveViews.get(`${schema}.${table}`);
    const kept = { schema: backupSchemaOf(schema), backupTable: backupNameOf(table, now), table };
    return { ...kept, takenOn: dayOf(now), ...(viewSelect !== undefined && { viewSelect }) };
  });
  const toBackup = replaced
    .filter(({ schema, table }) => kindOf(schema, table) === "table")
    .map((from): Rename => ({
      from,
      to: { schema: backupSchemaOf(from.schema), table: backupNameOf(from.table, now) },
    }));
  const toLive = members.flatMap((member): Rename[] =>
    "from" in member ? [{ from: member.from, to: { schema: member.schema, table: member.name } }] : [],
  );
  const publishedTables: PublishedTable[] = [];
  for (const member of members) publishedTables.push(await measure(connection, member));
  const sum = (key: "rows" | "bytes"): number => publishedTables.reduce((total, table) => total + table[key], 0);
  return {
    renames: [...toBackup, ...toLive],
    views: {
      create: members.flatMap((member) => ("select" in member ? [member] : [])),
      drop: removed
        .filter(({ schema, table }) => kindOf(schema, table) === "view")
        .map(({ schema, table }) => ({ schema, name: table })),
      moveAside: toLive
        .filter(({ to }) => kindOf(to.schema, to.table) === "view")
        .map(({ to }) => ({ from: to, to: { schema: to.schema, table: derivedName(to.table, "__replaced") } })),
    },
    publishedTables,
    removedTables: removed,
    backups,
    stats: { tables: members.length, rows: sum("rows"), bytes: sum("bytes") },
  };
}

/** What the ledger holds of a live schema: tables that runs have published, and names of backups, dropped ones too. */
async function readRecords(pool: Pool, live: string): Promise<{ published: string[]; backups: string[] }> {
  type NameRow = RowDataPacket & { name: string };
  const [published] = await pool.query<NameRow[]>(
    "SELECT table_name AS name FROM live_table WHERE schema_name = ? ORDER BY table_name",
    [live],
  );
  const [backups] = await pool.query<NameRow[]>("SELECT backup_table AS name FROM backup WHERE schema_name = ?", [
    backupSchemaOf(live),
  ]);
  return { published: published.map(({ name }) => name), backups: backups.map(({ name }) => name) };
}

/** Rows and bytes of a table; a view has none of its own. */
async function measure(connection: Connection, member: SetMember): Promise<PublishedTable> {
  const { schema, name } = member;
  const published = { schema, table: name, contentHash: "", signature: "", rows: 0, bytes: 0 };
  if (!("from" in member)) return published;
  const [[size]] = await connection.query<(RowDataPacket & { bytes: string | number | null })[]>(
    `SELECT data_length + index_length AS bytes FROM information_schema.tables
      WHERE table_schema = ? AND table_name = ?`,
    [member.from.schema, member.from.table],
  );
  const [[count]] = await connection.query<(RowDataPacket & { n: number })[]>(
    `SELECT COUNT(*) AS n FROM ${quoteTable(member.from.schema, member.from.table)}`,
  );
  return { ...published, rows: count?.n ?? 0, bytes: Number(size?.bytes ?? 0) };
}
