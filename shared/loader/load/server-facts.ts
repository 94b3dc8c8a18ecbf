import { dialectOf, type ServerDialect } from "../lexer/dialect.ts";
import type { LoadSession } from "./load-session.ts";

/** Server settings that the loader depends on. */
export interface ServerFacts {
  version: string;
  dialect: ServerDialect;
  /** False when the server forbids LOAD DATA LOCAL. */
  allowsLocalInfile: boolean;
  /** True when several statements may insert into a table with AUTO_INCREMENT at the same time. */
  hasInterleavedAutoIncrement: boolean;
  /** True when the server stores names of tables in lower case (`lower_case_table_names=1`). */
  lowersNames: boolean;
  /** Maximum bytes of a statement. */
  maxPacket: number;
  /** Lower case. */
  collations: ReadonlySet<string>;
}

export async function readServerFacts(session: LoadSession): Promise<ServerFacts> {
  const [variables] = await session.rows<{ version: string; local: number; names: number; packet: number }>(
    `SELECT VERSION() AS version, @@GLOBAL.local_infile AS local, @@GLOBAL.max_allowed_packet AS packet,
        @@GLOBAL.lower_case_table_names AS names`,
  );
  const lockMode = await session.rows<{ Value: string }>("SHOW GLOBAL VARIABLES LIKE 'innodb_autoinc_lock_mode'");
  const version = variables?.version ?? "";
  const dialect = dialectOf(version);
  return {
    version,
    dialect,
    allowsLocalInfile: Number(variables?.local ?? 0) === 1,
    hasInterleavedAutoIncrement: lockMode[0]?.Value === "2",
    lowersNames: Number(variables?.names ?? 0) === 1,
    maxPacket: Number(variables?.packet ?? 1024 * 1024),
    collations: await readCollations(session),
  };
}

async function readCollations(session: LoadSession): Promise<ReadonlySet<string>> {
  const rows = await session.rows<{ Collation: string }>("SHOW COLLATION");
  const names = rows.map((row) => row.Collation.toLowerCase());
  // MariaDB omits the character set in the names of collations that several character sets share
  const shared = names.filter((name) => name.startsWith("uca1400"));
  return new Set([...names, ...shared.map((name) => `utf8mb4_${name}`)]);
}
