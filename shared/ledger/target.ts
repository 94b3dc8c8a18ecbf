import { createHash, randomUUID } from "node:crypto";
import type { Connection, RowDataPacket } from "mysql2/promise";
import type { TargetReference } from "../../events/schemas.ts";
import { PermanentError } from "../errors/errors.ts";

/** Who the warehouse is: its own identity row and the server that holds it. */
export interface TargetIdentity {
  /** First 16 hex digits of sha256 over identity and server. */
  fingerprint: string;
  identity: string;
  serverIdentity: string;
  isReadOnly: boolean;
}

interface IdentityRow extends RowDataPacket {
  identity: string;
  server_identity: string;
}

/** Variables that name a server, best first: Aurora's cluster-wide one, MySQL's, MariaDB's. */
const SERVER_VARIABLES = ["aurora_cluster_id", "server_uuid", "server_uid"];

async function readServerIdentity(connection: Connection): Promise<{ server: string; isReadOnly: boolean }> {
  const [rows] = await connection.query<(RowDataPacket & { Variable_name: string; Value: string })[]>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)",
    [[...SERVER_VARIABLES, "innodb_read_only", "read_only"]],
  );
  const values = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  const name = SERVER_VARIABLES.find((variable) => values.get(variable) !== undefined);
  return {
    server: name === undefined ? "unknown" : `${name}=${values.get(name) ?? ""}`,
    isReadOnly: ["innodb_read_only", "read_only"].some((variable) => values.get(variable) === "ON"),
  };
}

/**
 * Reads the identity of the warehouse, and makes its identity row where the ledger is new.
 *
 * @param connection with the ledger as default schema
 */
export async function readTarget(connection: Connection): Promise<TargetIdentity> {
  const { server, isReadOnly } = await readServerIdentity(connection);
  if (!isReadOnly) {
    await connection.query(
      "INSERT IGNORE INTO target (id, identity, server_identity, adopted_at) VALUES (1, ?, ?, UTC_TIMESTAMP(6))",
      [randomUUID(), server],
    );
  }
  const [[row]] = await connection.query<IdentityRow[]>("SELECT identity, server_identity FROM target WHERE id = 1");
  if (row === undefined) {
    throw new PermanentError("TARGET_UNKNOWN", "the warehouse has no identity row in its ledger", {
      kind: "target",
      advice: "Check AURORA_ENDPOINT: this server is read-only and was never written by Baton.",
    });
  }
  if (row.server_identity !== server) {
    throw new PermanentError(
      "TARGET_MOVED",
      `the warehouse says that it lives on ${row.server_identity}, but this server is ${server}`,
      {
        kind: "target",
        advice: "A copy of the warehouse, or a switched endpoint? If the move is meant: ./baton target adopt",
      },
    );
  }
  const fingerprint = createHash("sha256").update(`${row.identity}\n${server}`).digest("hex").slice(0, 16);
  return { fingerprint, identity: row.identity, serverIdentity: server, isReadOnly };
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
