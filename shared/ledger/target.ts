import { createHash, randomUUID } from "node:crypto";
import type { Connection, RowDataPacket } from "mysql2/promise";
import type { TargetReference } from "../../events/schemas.ts";
import { quoteTable } from "../db/identifier.ts";
import { PermanentError } from "../errors/errors.ts";

/** Who the warehouse is: its own identity row and the server that holds it. */
export interface TargetIdentity {
  /** First 16 hex digits of sha256 over identity and server. */
  fingerprint: string;
  identity: string;
  serverIdentity: string;
  isReadOnly: boolean;
  /** True where the warehouse has no identity row yet. */
  isNew: boolean;
}

interface IdentityRow extends RowDataPacket {
  identity: string;
  server_identity: string;
}

/** Variables that name a server, best first: Aurora's cluster-wide one, MySQL's, MariaDB's. */
const SERVER_VARIABLES = ["aurora_cluster_id", "server_uuid", "server_uid"];

async function readServer(connection: Connection): Promise<{ server: string; isReadOnly: boolean }> {
  const [rows] = await connection.query<(RowDataPacket & { Variable_name: string; Value: string })[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)",
    [[...SERVER_VARIABLES, "innodb_read_only", "read_only"]],
  );
  const values = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  const name = SERVER_VARIABLES.find((variable) => values.has(variable));
  return {
    server: name === undefined ? "unknown" : `${name}=${values.get(name) ?? ""}`,
    isReadOnly: ["innodb_read_only", "read_only"].some((variable) => values.get(variable) === "ON"),
  };
}

async function readIdentityRow(connection: Connection, schema: string): Promise<IdentityRow | undefined> {
  const [tables] = await connection.query<RowDataPacket[]>(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'target'",
    [schema],
  );
  if (tables.length === 0) return undefined;
  const [[row]] = await connection.query<IdentityRow[]>(
    `SELECT identity, server_identity FROM ${quoteTable(schema, "target")} WHERE id = 1`,
  );
  return row;
}

function fingerprintOf(identity: string, server: string): string {
  return createHash("sha256").update(`${identity}\n${server}`).digest("hex").slice(0, 16);
}

/**
 * Reads the identity of the warehouse; writes nothing.
 *
 * @param schema the ledger's schema, which need not exist yet
 * @throws PermanentError TARGET_MOVED when the identity row was made on another server
 */
export async function readTarget(connection: Connection, schema: string): Promise<TargetIdentity> {
  const { server, isReadOnly } = await readServer(connection);
  const row = await readIdentityRow(connection, schema);
  if (row !== undefined && row.server_identity !== server) {
    throw new PermanentError(
      "TARGET_MOVED",
      `the warehouse says that it lives on ${row.server_identity}, but this server is ${server}`,
      {
        kind: "target",
        advice: "A copy of the warehouse, or a switched endpoint? If the move is meant: ./baton target adopt",
      },
    );
  }
  const identity = row?.identity ?? randomUUID();
  return {
    fingerprint: fingerprintOf(identity, server),
    identity,
    serverIdentity: server,
    isReadOnly,
    isNew: row === undefined,
  };
}

/**
 * Writes the identity row of a new warehouse. When another session was quicker, its row stands.
 *
 * @returns the identity that the warehouse has from now on
 */
export async function recordTarget(
  connection: Connection,
  schema: string,
  target: TargetIdentity,
): Promise<TargetIdentity> {
  if (!target.isNew) return target;
  await connection.query(
    `INSERT IGNORE INTO ${quoteTable(schema, "target")} (id, identity, server_identity, adopted_at)
      VALUES (1, ?, ?, UTC_TIMESTAMP(6))`,
    [target.identity, target.serverIdentity],
  );
  return readTarget(connection, schema);
}

/**
 * Holds the warehouse that answers against the one that is expected (split brain: handbook, domain/operations.md
 * section 7, 7 February).
 *
 * @param expected fingerprints that must agree, by where each comes from; empty ones are not compared
 * @throws PermanentError TARGET_MISMATCH or TARGET_READ_ONLY before anything is written
 */
export function requireTarget(target: TargetIdentity, expected: Readonly<Record<string, string | undefined>>): void {
  if (target.isReadOnly) {
    throw new PermanentError("TARGET_READ_ONLY", "the warehouse is read-only: a replica, or the reader endpoint", {
      kind: "target",
      advice: "Point AURORA_ENDPOINT at the cluster's writer endpoint.",
    });
  }
  for (const [where, fingerprint] of Object.entries(expected)) {
    if (fingerprint === undefined || fingerprint === "" || fingerprint === target.fingerprint) continue;
    throw new PermanentError(
      "TARGET_MISMATCH",
      `this warehouse has the fingerprint ${target.fingerprint}, ${where} expects ${fingerprint}`,
      { kind: "target", advice: "Check AURORA_ENDPOINT. If the move is meant: ./baton target adopt" },
    );
  }
}

/** The target as events carry it. */
export function targetReference(target: TargetIdentity, host: string, schema: string): TargetReference {
  return { fingerprint: target.fingerprint, host, schema };
}
