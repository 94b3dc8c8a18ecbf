import { ledgerSchemaOf, schemasOf } from "../config/schemas-of.ts";

/** Who connects to the warehouse: one user a purpose, so that none can do what its work does not need. */
export const databaseUsers = ["loader", "dbt", "ledger", "reader"] as const;
export type DatabaseUser = (typeof databaseUsers)[number];

/** What it takes to build tables aside and to move them by RENAME. @see MySQL Reference Manual, "RENAME TABLE Statement" */
const BUILD = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES";
const READ = "SELECT";

interface Grant {
  privileges: string;
  /** Schemas, without the stage's prefix. */
  schemas: readonly string[];
}

function allOf(layer: string): string[] {
  const { live, next, backup } = schemasOf("", layer);
  return [live, next, backup];
}
const BUILT_BY_DBT = ["seeds", "silver", "gold"];
/** Every purpose that runs a layer tells the ledger of it, and keeps samples of failing rows. */
const BOOKS: Grant = { privileges: BUILD, schemas: [ledgerSchemaOf(""), "quality"] };

/** What each user may do, and nothing else (handbook, design.md section 11). */
const grants: Readonly<Record<DatabaseUser, readonly Grant[]>> = {
  loader: [{ privileges: BUILD, schemas: allOf("staging") }, BOOKS],
  dbt: [{ privileges: READ, schemas: ["staging"] }, { privileges: BUILD, schemas: BUILT_BY_DBT.flatMap(allOf) }, BOOKS],
  // sees which tables are live, to settle what a killed attempt left open
  ledger: [{ privileges: READ, schemas: ["staging", ...BUILT_BY_DBT].flatMap(allOf) }, BOOKS],
  reader: [{ privileges: READ, schemas: ["gold"] }],
};

/** How the users of a stage are called. */
export interface GrantOptions {
  schemaPrefix: string;
  /** Put before `loader`, `dbt`, `ledger` and `reader`. */
  userPrefix: string;
  /** Where they may connect from, as in an account's name. */
  host: string;
}

/** Quotes an account: `'user'@'host'`. */
export function quoteAccount(user: string, host: string): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return `${quote(user)}@${quote(host)}`;
}

/** A schema's name in GRANT, where `_` and `%` are wildcards. @see MySQL Reference Manual, "GRANT Statement" */
function schemaPattern(name: string): string {
  return `\`${name.replaceAll(/[_%]/g, "\\$&").replaceAll("`", "``")}\``;
}

/** The GRANT statements of a user. */
export function grantsOf(user: DatabaseUser, { schemaPrefix, userPrefix, host }: GrantOptions): string[] {
  return grants[user].flatMap(({ privileges, schemas }) =>
    schemas.map(
      (schema) =>
        `GRANT ${privileges} ON ${schemaPattern(schemaPrefix + schema)}.* TO ${quoteAccount(userPrefix + user, host)}`,
    ),
  );
}
