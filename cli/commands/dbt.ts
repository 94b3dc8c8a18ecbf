import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { readLayerTable } from "../../local/layer-table.ts";
import { batonHome, projectRoot, stateFolder } from "../../shared/config/checkout.ts";
import { ledgerSchemaOf } from "../../shared/config/schemas-of.ts";
import { dbtVariables } from "../../shared/dbt/run-dbt.ts";
import { dropSchemas, listSeparateSchemas, liveSetsOf, ownerOf, separateLockName } from "../../shared/dbt/separate-build.ts"; // prettier-ignore
import { takeLock } from "../../shared/ledger/claims/take-over.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { hasColours } from "../output/colours.ts";
import { say } from "../output/say.ts";
import { runOnTerminal } from "../run-on-terminal.ts";
import { openLedgerToRead } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import type { StageAccess } from "../stage/stage-access.ts";
import { UsageError } from "../usage-error.ts";
import { userName } from "../user-name.ts";

const EXAMPLES = `
Selected models are built in schemas of your own, dev_USER_silver and so on. Everything that is not selected is read from
the live tables, and nothing is written there or in the schemas of a run. test, show and docs read your tables of the
selected models, and live tables where you have built none. Business date and run ID are those of the live tables that the selection reads; --vars
replaces them. BATON_DEVELOPER replaces USER. Options of Baton such as --stage go before dbt.

Examples:
  ./baton dbt build -s MODEL+                           a model, all that depends on it, and their tests
  ./baton dbt test -s MODEL
  ./baton dbt show -s MODEL --limit 20
  ./baton dbt show --inline "select count(*) from {{ ref('MODEL') }}"
  ./baton dbt compile -s MODEL
  ./baton dbt docs serve                                generates the documentation, then serves it at port 8080
  ./baton dbt clean                                     drops your schemas
  ./baton dbt clean anna                                drops those of the developer anna
  ./baton dbt build --help                              dbt's own help`;

/** `baton dbt`: dbt for a developer, beside the pipeline. */
export function register(program: Command): void {
  program
    .command("dbt")
    .summary("develop models: dbt in schemas of your own, reading everything else live")
    .description("Runs dbt with these arguments, set up for the environment's warehouse and its live tables.")
    .argument("[arguments...]", "any arguments of dbt; or clean [DEVELOPER]")
    .addHelpText("after", EXAMPLES)
    .action(async (args: string[], _: unknown, command: Command) => {
      if (args[0] === undefined) return command.help();
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      const developer = { stage, owner: ownerOf(process.env["BATON_DEVELOPER"] ?? userName()) };
      process.exitCode = args[0] === "clean" ? await clean(developer, args.slice(1)) : await run(developer, args);
    });
}

interface Developer {
  stage: StageAccess;
  /** The developer in the schemas' names. */
  owner: string;
}

const prefixOf = (owner: string): string => `dev_${owner}_`;

function folderOf({ stage, owner }: Developer): string {
  return join(stateFolder, "dbt", stage.stage, owner);
}

/** Runs dbt. @returns its exit code */
async function run(developer: Developer, args: readonly string[]): Promise<number> {
  const { stage, owner } = developer;
  const { warehouse } = stage;
  const prefix = prefixOf(owner);
  const workFolder = folderOf(developer);
  await mkdir(workFolder, { recursive: true });
  const liveSets = await readLive(stage);
  const variables = await dbtVariables({ warehouse, workFolder, separateBuild: { prefix, liveSets } });
  const dbt = {
    command: join(batonHome, "venv/bin/python"),
    first: [join(projectRoot, "dbt/launcher.py")],
    env: {
      // dbt itself writes colours to a pipe, too
      ...{ DBT_USE_COLORS: String(hasColours(process.stdout)), ...process.env },
      ...{ DBT_SEND_ANONYMOUS_USAGE_STATS: "false", BATON_DBT_HOME: workFolder },
      ...variables,
    },
  };
  const isServing = args[0] === "docs" && args[1] === "serve";
  const code = await alone(developer, () => runOnTerminal(dbt, isServing ? ["docs", "generate"] : args));
  return isServing && code === 0 ? runOnTerminal(dbt, args) : code;
}

async function readLive(stage: StageAccess): ReturnType<typeof liveSetsOf> {
  await using ledger = await openLedgerToRead(stage);
  const liveSets = await liveSetsOf(ledger.pool, await readLayerTable());
  if (Object.keys(liveSets).length === 0) {
    say(`nothing is live yet, so models find no tables to read: ${commandFor(stage.stage, "run --dump FILE --watch")}`);
  }
  return liveSets;
}

/** Drops the schemas of a developer. @returns the exit code */
async function clean(developer: Developer, [named, ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw new UsageError("clean takes at most one developer", "./baton dbt clean anna");
  const { stage } = developer;
  const { warehouse } = stage;
  const owner = named === undefined ? developer.owner : ownerOf(named);
  return alone({ ...developer, owner }, async () => {
    const connection = await connect(warehouse);
    try {
      const found = await listSeparateSchemas(connection, warehouse.schemaPrefix, "dev");
      const schemas = found.find((one) => one.owner === owner)?.schemas ?? [];
      await dropSchemas(connection, schemas);
      await rm(folderOf({ ...developer, owner }), { recursive: true, force: true });
      const others = found.map((one) => one.owner).filter((other) => other !== owner);
      process.stdout.write(schemas.length > 0 ? `dropped ${schemas.join(", ")}\n` : `${owner} has no schemas\n`);
      if (others.length > 0) say(`other developers with schemas at ${stage.stage}: ${others.join(", ")}`);
      return 0;
    } finally {
      await connection.end();
    }
  });
}

/** Runs one command at a time for each developer, who has one set of schemas and one folder. */
async function alone({ stage: { warehouse }, owner }: Developer, work: () => Promise<number>): Promise<number> {
  const connection = await connect(warehouse);
  try {
    const { schemaPrefix } = warehouse;
    for (const start of [`${schemaPrefix}dev_`, schemaPrefix + prefixOf(owner)]) {
      await refuseEnvironment(connection, start);
    }
    const lock = separateLockName(schemaPrefix, prefixOf(owner));
    if (!(await takeLock(connection, lock, 0))) {
      say(`waiting for another ./baton dbt of ${owner}`);
      while (!(await takeLock(connection, lock, 60)));
    }
    return await work();
  } finally {
    await connection.end();
  }
}

/** @throws UsageError when another environment on the server has this prefix, and so perhaps the same schemas */
async function refuseEnvironment(connection: Connection, schemaPrefix: string): Promise<void> {
  const ledger = ledgerSchemaOf(schemaPrefix);
  const [found] = await connection.query<RowDataPacket[]>(
    "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?",
    [ledger],
  );
  if (found.length === 0) return;
  throw new UsageError(
    `the environment of ${ledger} is on this server, and its schemas may be those of this developer`,
    "Set another name: BATON_DEVELOPER=NAME ./baton dbt ...",
  );
}
