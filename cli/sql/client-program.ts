import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PermanentError } from "../../shared/errors/errors.ts";

/** A command-line client of MySQL or MariaDB. */
export interface ClientProgram {
  command: string;
  /** Arguments that come before the client's own. */
  first?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Whose client it is: their names of options differ. */
  vendor: "mysql" | "mariadb";
}

/**
 * Finds the first client that is installed.
 *
 * @param candidates in the order of preference
 * @throws PermanentError SQL_CLIENT_MISSING
 */
export async function findClientProgram(candidates: readonly Omit<ClientProgram, "vendor">[]): Promise<ClientProgram> {
  for (const candidate of candidates) {
    const version = await versionOf(candidate);
    if (version !== undefined) return { ...candidate, vendor: /mariadb/i.test(version) ? "mariadb" : "mysql" };
  }
  const names = candidates.map(({ command }) => command).join(" or ");
  throw new PermanentError("SQL_CLIENT_MISSING", `no database client is installed: looked for ${names}`, {
    kind: "target",
    advice: "Install one: apt-get install mariadb-client, or brew install mysql-client",
  });
}

async function versionOf({ command, first = [], env }: Omit<ClientProgram, "vendor">): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(command, [...first, "--version"], { env })).stdout;
  } catch (error) {
    // execFile adds the code to its error
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
