import type { Connection, RowDataPacket } from "mysql2/promise";
import { missingGrants } from "../warehouse/users/compare-grants.ts";
import { quoteAccount, readSchemaNames, type SchemaNames } from "../warehouse/users/grants.ts";

/**
 * The GRANT statements for rights that the user of a connection lacks.
 *
 * @param expected the rights that it needs, as GRANT statements
 * @throws SyntaxError when the server shows rights in a form that Baton does not know
 */
export async function readMissingRights(
  connection: Connection,
  expected: (names: { account: string; schemaNames: SchemaNames }) => readonly string[],
): Promise<string[]> {
  const [[me]] = await connection.query<(RowDataPacket & { account: string; role: string | null })[]>(
    "SELECT CURRENT_USER() AS account, CURRENT_ROLE() AS role",
  );
  // MariaDB shows the rights of roles without being asked
  const roles = me?.role?.includes("@") === true ? ` USING ${me.role}` : "";
  const [rows] = await connection.query<RowDataPacket[]>(`SHOW GRANTS FOR CURRENT_USER()${roles}`);
  const shown = rows.map((row) => String(Object.values(row)[0]));
  const login = me?.account ?? "";
  const at = login.lastIndexOf("@");
  const account = quoteAccount(login.slice(0, at), login.slice(at + 1));
  const names = { account, schemaNames: await readSchemaNames(connection) };
  // what is missing is written as a GRANT to the same account
  return missingGrants(shown, expected(names), account);
}
