import type { Connection, RowDataPacket } from "mysql2/promise";
import { connect } from "../warehouse/connection/connect.ts";
import { quoteTable } from "../warehouse/tables/identifier.ts";
import { ensureSchema, listTables, planSet } from "../warehouse/tables/publish-set.ts";
import { TransientError } from "../errors/errors.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import type { OpenLedger } from "../ledger/open-ledger.ts";
import { backupNameOf, freeInstant } from "../ledger/publication/backup-names.ts";
import { tokyoDay } from "../time/tokyo-day.ts";
import type { PublicationPlan, PublishedTable, TakenBackup } from "../ledger/publication/publication.ts";

type Plan = Omit<PublicationPlan, "businessDate" | "upstream">;

/**
 * Plans the publication of what dbt has built: every table of the manifest goes live, what it replaces becomes a dated
 * backup.
 *
 * @param built schema (`<name>_next`) and table of each node
 * @throws TransientError BUILD_INCOMPLETE when a table of the manifest is missing in its schema
 */
export async function planDbtPublication(
  ports: { warehouse: WarehouseConfig; ledger: OpenLedger },
  built: readonly { schema: string; table: string }[],
): Promise<Plan> {
  const connection = await connect(ports.warehouse);
  try {
    const plan: Plan = {
      renames: [],
      publishedTables: [],
      removedTables: [],
      backups: [],
      stats: { tables: built.length, rows: 0, bytes: 0 },
    };
    const parts = await Promise.all(
      [...new Set(built.map(({ schema }) => schema))].map((schema) =>
        planSchema(connection, ports.ledger, schema, built),
      ),
    );
    return parts.reduce(
      (whole, part) => ({
        renames: [...whole.renames, ...part.renames],
        publishedTables: [...whole.publishedTables, ...part.publishedTables],
        removedTables: [...whole.removedTables, ...part.removedTables],
        backups: [...whole.backups, ...part.backups],
        stats: {
          tables: whole.stats.tables,
          rows: whole.stats.rows + part.stats.rows,
          bytes: whole.stats.bytes + part.stats.bytes,
        },
      }),
      plan,
    );
  } finally {
    await connection.end();
  }
}

async function planSchema(
  connection: Connection,
  ledger: OpenLedger,
  next: string,
  built: readonly { schema: string; table: string }[],
): Promise<Plan> {
  const live = next.replace(/_next$/, "");
  const backup = `${live}_backup`;
  await ensureSchema(connection, live);
  await ensureSchema(connection, backup);
  const tables = built.filter(({ schema }) => schema === next).map(({ table }) => table);
  const published = await measure(connection, { next, live, tables });
  const removed = await noLongerBuilt(ledger, live, tables);
  const taken = new Set(await listTables(connection, backup));
  const takenAt = freeInstant([...tables, ...removed], taken, new Date());
  const renames = await planSet(connection, {
    schemas: { live, next, backup },
    tables,
    removed,
    backupName: (table) => backupNameOf(table, takenAt),
  });
  const backups: TakenBackup[] = renames
    .filter(({ to }) => to.schema === backup)
    .map(({ from, to }) => ({
      schema: backup,
      backupTable: to.table,
      table: from.table,
      takenOn: tokyoDay(takenAt),
    }));
  return {
    renames,
    publishedTables: published,
    removedTables: removed.map((table) => ({ schema: live, table })),
    backups,
    stats: {
      tables: tables.length,
      rows: published.reduce((sum, { rows }) => sum + rows, 0),
      bytes: published.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
}

interface SizeRow extends RowDataPacket {
  name: string;
  bytes: string | number;
}

async function measure(
  connection: Connection,
  { next, live, tables }: { next: string; live: string; tables: readonly string[] },
): Promise<PublishedTable[]> {
  const [sizes] = await connection.query<SizeRow[]>(
    `SELECT table_name AS name, data_length + index_length AS bytes FROM information_schema.tables
      WHERE table_schema = ? AND table_type = 'BASE TABLE'`,
    [next],
  );
  const bytesOf = new Map(sizes.map(({ name, bytes }) => [name, Number(bytes)]));
  const missing = tables.filter((table) => !bytesOf.has(table));
  if (missing.length > 0) {
    throw new TransientError("BUILD_INCOMPLETE", `${next} lacks ${missing.join(", ")}, which dbt should have built`, {
      kind: "bug",
      advice: "The next attempt builds everything anew. If it comes again: does anybody else drop tables there?",
    });
  }
  const published: PublishedTable[] = [];
  for (const table of tables) {
    const [[row]] = await connection.query<(RowDataPacket & { rows_now: number })[]>(
      `SELECT COUNT(*) AS rows_now FROM ${quoteTable(next, table)}`,
    );
    const size = { rows: row?.rows_now ?? 0, bytes: bytesOf.get(table) ?? 0 };
    published.push({ schema: live, table, contentHash: "", signature: "", ...size });
  }
  return published;
}

/** Tables that Baton once published to this schema and that the project does not build any more. */
async function noLongerBuilt(ledger: OpenLedger, live: string, tables: readonly string[]): Promise<string[]> {
  const [rows] = await ledger.pool.query<(RowDataPacket & { name: string })[]>(
    `SELECT table_name AS name FROM live_table JOIN information_schema.tables
        USING (table_name) WHERE schema_name = ? AND table_schema = schema_name ORDER BY table_name`,
    [live],
  );
  return rows.map(({ name }) => name).filter((name) => !tables.includes(name));
}
