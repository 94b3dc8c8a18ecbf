import type { Connection, RowDataPacket } from "mysql2/promise";
import { failed, warning, type Check } from "./check.ts";

interface Expected {
  /** Schema of the ledger. */
  ledger: string;
  /** Live schemas of the layers. */
  live: readonly string[];
  /** The command that creates all of them. */
  firstRun: string;
}

/**
 * Checks that the ledger exists. A new deployment has none until its first run. Layer schemas without a ledger
 * belong to another system, or their ledger was lost.
 *
 * @returns no check when the ledger exists
 */
export async function checkLedgerExists(
  connection: Connection,
  { ledger, live, firstRun }: Expected,
): Promise<Check[]> {
  const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
    "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name IN (?) ORDER BY schema_name",
    [[ledger, ...live]],
  );
  const names = rows.map(({ name }) => name);
  if (names.includes(ledger)) return [];
  if (names.length === 0) return [warning("ledger", `there is no schema ${ledger} yet`, `The first run creates it: ${firstRun}`)]; // prettier-ignore
  return [
    failed(
      "ledger",
      `schema ${ledger} does not exist or is not visible, but there is ${names.join(", ")}`,
      "Compare the privileges of this user with ./baton grants. If they are complete, either these schemas belong to another system (deploy with --param=schemaPrefix=...) or the ledger was dropped (restore it from a snapshot of the cluster).",
    ),
  ];
}
