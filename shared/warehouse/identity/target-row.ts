import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteTable } from "../tables/identifier.ts";

/** The identity row of a warehouse (`pipeline.target`). */
export interface TargetRow {
  /** Created with the ledger; a copy of the database has the same one. */
  identity: string;
  /** The server that held the warehouse when it was adopted. */
  serverIdentity: string;
  /** Servers known to share its storage: an Aurora cluster's instances. */
  members: readonly string[];
  /** Account and region of its RDS endpoint; null when the endpoint's name does not contain them. */
  realm: string | null;
  /** The deployment that writes here: `<account>/<region>/<stage>`; null until the first one writes. */
  deployment: string | null;
  adoptedAt: Date;
  adoptedBy: string | null;
  /** `host:port` of the server that the warehouse was moved to; null while it is here. */
  retiredTo: string | null;
}

interface StoredRow extends RowDataPacket {
  identity: string;
  server_identity: string;
  members?: string | readonly string[] | null;
  realm?: string | null;
  deployment?: string | null;
  adopted_at: Date;
  adopted_by?: string | null;
  retired_to?: string | null;
}

/**
 * Reads the identity row; undefined when the ledger or the row is missing. Reads ledgers of every version.
 *
 * @param schema the ledger's schema, which need not exist
 */
export async function readTargetRow(connection: Connection, schema: string): Promise<TargetRow | undefined> {
  const [tables] = await connection.query<RowDataPacket[]>(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'target'",
    [schema],
  );
  if (tables.length === 0) return undefined;
  // the ledger is not migrated yet, so the columns depend on its version
  const [[row]] = await connection.query<StoredRow[]>(`SELECT * FROM ${quoteTable(schema, "target")} WHERE id = 1`);
  if (row === undefined) return undefined;
  return {
    identity: row.identity,
    serverIdentity: row.server_identity,
    members: membersOf(row),
    realm: row.realm ?? null,
    deployment: row.deployment ?? null,
    adoptedAt: row.adopted_at,
    adoptedBy: row.adopted_by ?? null,
    retiredTo: row.retired_to ?? null,
  };
}

function membersOf({ members, server_identity }: StoredRow): readonly string[] {
  // the driver returns a value for MySQL and text for MariaDB; the ledger wrote it from a list of names
  const list = typeof members === "string" ? (JSON.parse(members) as readonly string[]) : members;
  return list ?? [server_identity];
}
