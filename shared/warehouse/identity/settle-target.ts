import { randomUUID } from "node:crypto";
import type { Connection } from "mysql2/promise";
import { rdsEndpointOf } from "./rds-endpoint.ts";
import type { FoundTarget } from "./target.ts";

/**
 * Records the identity of a warehouse that was found to be the expected one: the row of a new warehouse, the first
 * deployment, servers that joined it. Values that another session recorded first are kept.
 *
 * @param connection its default schema is the ledger's, up to date
 */
export async function settleTarget(
  connection: Connection,
  { row, server, host }: FoundTarget,
  deployment: string | undefined,
): Promise<void> {
  const realm = rdsEndpointOf(host)?.realm ?? null;
  const owner = deployment === undefined || deployment === "" ? null : deployment;
  if (row === undefined) {
    await connection.query(
      `INSERT IGNORE INTO target (id, identity, server_identity, members, realm, deployment, adopted_at)
        VALUES (1, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))`,
      [randomUUID(), server.name, JSON.stringify(server.members), realm, owner],
    );
    return;
  }
  const joined = server.members.filter((member) => !row.members.includes(member));
  if (joined.length > 0) {
    const members = JSON.stringify([...row.members, ...joined]);
    await connection.query("UPDATE target SET members = ? WHERE id = 1 AND identity = ?", [members, row.identity]);
  }
  if ((owner !== null && row.deployment === null) || (realm !== null && row.realm === null)) {
    await connection.query(
      "UPDATE target SET deployment = COALESCE(deployment, ?), realm = COALESCE(realm, ?) WHERE id = 1",
      [owner, realm],
    );
  }
}
