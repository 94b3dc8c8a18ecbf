import type { Connection, RowDataPacket } from "mysql2/promise";
import type { LayerRow } from "../../config/layer-table.ts";
import { assertNever } from "../../errors/assert-never.ts";
import { ledgerSchemaOf, schemasOf } from "../../config/schemas-of.ts";
import { quoteName } from "../tables/identifier.ts";

/** Who connects to the warehouse: one user for each purpose, with no rights that its work does not need. */
export const databaseUsers = ["loader", "dbt", "ledger", "operator", "reader", "review"] as const;
export type DatabaseUser = (typeof databaseUsers)[number];

/** Rights to build tables and to move them by RENAME. @see MySQL Reference Manual, "RENAME TABLE Statement" */
const BUILD = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES";
/** dbt models may be views; a restore creates them again. */
const VIEWS = "CREATE VIEW, SHOW VIEW";
const READ = "SELECT";
/** `baton migrate` finds sessions of others. */
const SESSIONS = "PROCESS";
/** Rights to swap a live table with its backup by RENAME and to drop old backups. */
const SWAP = "SELECT, INSERT, CREATE, DROP, ALTER";

interface Grant {
  privileges: string;
  /**
   * Schemas, without the environment's prefix; `*` at the end for all that begin so. Absent for a right on the whole
   * server.
   */
  schemas?: readonly string[];
}

/** What a row of the layer table says about schemas. */
type LayerOfGrants = Pick<LayerRow, "name" | "listensTo" | "alsoBuilds" | "forDashboards">;

function allOf(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const { live, next, backup } = schemasOf("", name);
    return [live, next, backup];
  });
}

/** Every user that runs a layer records it in the ledger and stores samples of failing rows. */
const RECORDS: Grant = { privileges: BUILD, schemas: [ledgerSchemaOf(""), "quality"] };

/** What a user may do, and nothing else (docs/security.md). */
function grantsFor(user: DatabaseUser, layers: readonly LayerOfGrants[]): Grant[] {
  const all = layers.flatMap(({ name, alsoBuilds }) => [...alsoBuilds, name]);
  const loaded = layers.filter(({ listensTo }) => listensTo === undefined).map(({ name }) => name);
  switch (user) {
    case "loader":
      return [{ privileges: BUILD, schemas: allOf(loaded) }, RECORDS];
    case "dbt":
      return [
        // the sweep looks at all of them to find out whether a publication took place
        { privileges: READ, schemas: allOf(loaded) },
        { privileges: `${BUILD}, ${VIEWS}`, schemas: allOf(all.filter((name) => !loaded.includes(name))) },
        RECORDS,
        // the sweep removes what killed reviews left
        { privileges: "DROP", schemas: ["review_*"] },
      ];
    case "ledger":
      return [{ privileges: READ, schemas: all }, RECORDS];
    case "operator":
      // a person at the command line, who reads everything and restores backups
      return [
        { privileges: READ, schemas: all.map((name) => schemasOf("", name).next) },
        {
          privileges: `${SWAP}, ${VIEWS}`,
          schemas: all.flatMap((name) => [schemasOf("", name).live, schemasOf("", name).backup]),
        },
        RECORDS,
        // `baton dbt`
        { privileges: `${BUILD}, ${VIEWS}`, schemas: ["dev_*"] },
        // `baton doctor` names schemas that no run has made
        { privileges: "SHOW DATABASES" },
      ];
    case "reader":
      return [{ privileges: READ, schemas: layers.filter((row) => row.forDashboards).map(({ name }) => name) }];
    case "review":
      // the SQL of a branch runs as this user, so the server refuses to write live tables
      return [
        { privileges: READ, schemas: [...all, ledgerSchemaOf("")] },
        { privileges: `${BUILD}, ${VIEWS}`, schemas: ["review_*"] },
      ];
    default:
      return assertNever(user);
  }
}

/** What the layers of an environment are and how its users are called. */
export interface GrantOptions {
  layers: readonly LayerOfGrants[];
  schemaPrefix: string;
  /** Put before the names in `databaseUsers`. */
  userPrefix: string;
  /** Where they may connect from, as in an account's name. */
  host: string;
  /** How the server reads a schema's name in GRANT; default: as a pattern. */
  schemaNames?: SchemaNames;
}

/**
 * In GRANT, `_` and `%` in a schema's name are wildcards. With `partial_revokes=ON`, MySQL takes the name literally,
 * backslashes included.
 *
 * @see MySQL Reference Manual, "Privilege Restriction Using Partial Revokes"
 */
export type SchemaNames = "pattern" | "literal";

/** Returns how a server reads schema names in GRANT. MariaDB does not have partial revokes. */
export async function readSchemaNames(connection: Connection): Promise<SchemaNames> {
  const [rows] = await connection.query<(RowDataPacket & { Value: string })[]>(
    "SHOW GLOBAL VARIABLES LIKE 'partial_revokes'",
  );
  return rows[0]?.Value === "ON" ? "literal" : "pattern";
}

/** Quotes an account: `'user'@'host'`. */
export function quoteAccount(user: string, host: string): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return `${quote(user)}@${quote(host)}`;
}

function quoteSchema(name: string, as: SchemaNames): string {
  return quoteName(as === "literal" ? name : name.replaceAll(/[_%]/g, "\\$&"));
}

/** What a right to a schema, or to all schemas that begin so, is granted on; nothing if the server has no patterns. */
function objectsOf(schema: string, as: SchemaNames): string[] {
  if (!schema.endsWith("*")) return [`${quoteSchema(schema, as)}.*`];
  return as === "literal" ? [] : [`${quoteSchema(schema.slice(0, -1), as).slice(0, -1)}%\`.*`];
}

/** The GRANT statements of a user. */
export function grantsOf(
  user: DatabaseUser,
  { layers, schemaPrefix, userPrefix, host, schemaNames = "pattern" }: GrantOptions,
): string[] {
  const account = quoteAccount(userPrefix + user, host);
  return grantsFor(user, layers).flatMap(({ privileges, schemas }) => {
    const objects = schemas?.flatMap((schema) => objectsOf(schemaPrefix + schema, schemaNames)) ?? ["*.*"];
    return objects.map((object) => `GRANT ${privileges} ON ${object} TO ${account}`);
  });
}

/**
 * What the user of a side of a move needs.
 *
 * @param schemas live schemas, with the environment's prefix
 */
export function grantsOfMove(
  side: "source" | "target",
  schemas: readonly string[],
  { account, schemaNames }: { account: string; schemaNames: SchemaNames },
): string[] {
  const on = (privileges: string, names: readonly string[]): string[] =>
    names.map((name) => `GRANT ${privileges} ON ${quoteSchema(name, schemaNames)}.* TO ${account}`);
  if (side === "source") return [...on(`${READ}, SHOW VIEW`, schemas), `GRANT ${SESSIONS} ON *.* TO ${account}`];
  return on(`${BUILD}, ${VIEWS}`, allOf(schemas));
}

/** What the user of the source also needs to retire the ledger's server, and to open it again. */
export function grantsOfSwitch(
  ledger: string,
  { account, schemaNames }: { account: string; schemaNames: SchemaNames },
): string[] {
  return [`GRANT ${BUILD} ON ${quoteSchema(ledger, schemaNames)}.* TO ${account}`];
}
