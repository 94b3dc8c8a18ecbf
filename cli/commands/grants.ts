import type { Command } from "commander";
import { readLayerTable } from "../../local/layer-table.ts";
import { databaseUsers, grantsOf, quoteAccount } from "../../shared/warehouse/users/grants.ts";

interface GrantsFlags {
  schemaPrefix: string;
  userPrefix: string;
  host: string;
  tls: boolean;
  partialRevokes: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ ./baton grants | mysql --host cluster.example.rds.amazonaws.com --user admin --password
  $ ./baton grants --user-prefix baton_prod_ --host '10.0.%'

Create the users first, each with its own password, and store each password in a secret:
  CREATE USER 'baton_loader'@'%' IDENTIFIED BY '...';   -- and the same for baton_dbt, baton_ledger, baton_operator, baton_reader`;

/** `baton grants`: the SQL that grants each database user the rights it needs, and no others. */
export function register(program: Command): void {
  program
    .command("grants")
    .summary("print the GRANT statements for the warehouse's users")
    .description(
      "Prints SQL for an administrator of the warehouse. The loader user loads the first layer, dbt builds all other layers, ledger is for " +
        "the other functions, operator for the commands of ./baton, reader for dashboards. Running the SQL again changes nothing.",
    )
    .option("--schema-prefix <prefix>", "prefix of the schemas: the environment's parameter schemaPrefix", "")
    .option("--user-prefix <prefix>", `prefix of the user names ${databaseUsers.join(", ")}`, "baton_")
    .option("--host <pattern>", "host part of the accounts: where the users connect from", "%")
    .option("--no-tls", "do not require TLS; only for a server on the same machine")
    .option(
      "--partial-revokes",
      "for a MySQL server with partial_revokes=ON, which takes schema names literally",
      false,
    )
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: GrantsFlags) => {
      const layers = await readLayerTable();
      const schemaNames = flags.partialRevokes ? "literal" : "pattern";
      const statements = databaseUsers.flatMap((user) => [
        ...(flags.tls ? [`ALTER USER ${quoteAccount(flags.userPrefix + user, flags.host)} REQUIRE SSL`] : []),
        ...grantsOf(user, { ...flags, layers, schemaNames }),
      ]);
      const sql = statements.map((statement) => `${statement};\n`).join("");
      process.stdout.write(flags.json === true ? `${JSON.stringify({ statements })}\n` : sql);
    });
}
