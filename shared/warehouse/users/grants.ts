import { ledgerSchemaOf, schemasOf } from "../../config/schemas-of.ts";

/** Who connects to the warehouse: one user a purpose, so that none can do what its work does not need. */
export const databaseUsers = ["loader", "dbt", "ledger", "operator", "reader"] as const;
export type DatabaseUser = (typeof databaseUsers)[number];

/** What it takes to build tables aside and to move them by RENAME. @see MySQL Reference Manual, "RENAME TABLE Statement" */
const BUILD = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES";
const READ = "SELECT";
/** What it takes to swap a live table with its backup by RENAME, and to drop backups of which there are too many. */
const SWAP = "SELECT, INSERT, CREATE, DROP, ALTER";

interface Grant {
  privileges: string;
  /** Schemas, without the stage's prefix; absent for a right to the whole server. */
  schemas?: readonly string[];
}

function allOf(layer: string): string[] {
  const { live, next, backup } = schemasOf("", layer);
  return [live, next, backup];
}
const BUILT_BY_DBT = ["seeds", "silver", "gold"];
const LAYERS = ["staging", ...BUILT_BY_DBT];
/** Every purpose that runs a layer tells the ledger of it, and keeps samples of failing rows. */
const BOOKS: Grant = { privileges: BUILD, schemas: [ledgerSchemaOf(""), "quality"] };

/** What each user may do, and nothing else (handbook, design.md section 11). */
const grants: Readonly<Record<DatabaseUser, readonly Grant[]>> = {
  loader: [{ privileges: BUILD, schemas: allOf("staging") }, BOOKS],
  dbt: [{ privileges: READ, schemas: ["staging"] }, { privileges: BUILD, schemas: BUILT_BY_DBT.flatMap(allOf) }, BOOKS],
  // sees which tables are live, to settle what a killed attempt left open
  ledger: [{ privileges: READ, schemas: LAYERS.flatMap(allOf) }, BOOKS],
  // a person at the command line: looks at everything, and restores backups
  operator: [
    { privileges: READ, schemas: LAYERS.map((layer) => schemasOf("", layer).next) },
    { privileges: SWAP, schemas: LAYERS.flatMap((layer) => [schemasOf("", layer).live, schemasOf("", layer).backup]) },
    BOOKS,
    // `baton doctor` names schemas that no run has made
    { privileges: "SHOW DATABASES" },
  ],
  reader: [{ privileges: READ, schemas: ["gold"] }],
};

/** How the users of a stage are called. */
export interface GrantOptions {
  schemaPrefix: string;
  /** Put before the names in `databaseUsers`. */
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
  const account = quoteAccount(userPrefix + user, host);
  return grants[user].flatMap(({ privileges, schemas }) => {
    const objects = schemas?.map((schema) => `${schemaPattern(schemaPrefix + schema)}.*`) ?? ["*.*"];
    return objects.map((object) => `GRANT ${privileges} ON ${object} TO ${account}`);
  });
}
