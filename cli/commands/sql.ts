import type { Command } from "commander";
import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import { findClientProgram, type ClientProgram } from "../sql/client-program.ts";
import { writeOptionFile } from "../sql/option-file.ts";
import { runOnTerminal } from "../run-on-terminal.ts";
import { logInAs } from "../stage/log-in-as.ts";
import { openStage } from "../stage/open-stage.ts";

interface SqlOptions {
  execute?: string;
}

/** `baton sql`: the database client, logged in as the environment's reader. */
export function register(program: Command): void {
  program
    .command("sql")
    .summary("query gold: the database client, logged in as the reader")
    .description(
      "Starts the client mysql or mariadb, logged in to the warehouse as the user for dashboards, who may only read " +
        "(docs/deploy.md). On AWS it needs the right secretsmanager:GetSecretValue on the secret baton/STAGE/reader.",
    )
    .argument("[options...]", "options of the client, after --")
    .option("-e, --execute <statement>", "run this statement and end")
    .addHelpText(
      "after",
      "\nStatements can also come from a file or a pipe. The exit code is that of the client.\n\nExamples:\n  ./baton sql\n" +
        '  ./baton sql -e "SELECT COUNT(*) FROM gold.orders_by_day"\n  ./baton sql -- --batch gold < report.sql\n' +
        '  ./baton --stage prod sql -e "SHOW TABLES IN gold" -- --vertical',
    )
    .action(async (args: string[], { execute }: SqlOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      const client = await findClientProgram(await candidatesFor(stage.stage));
      const warehouse = await logInAs("reader", stage);
      await using options = await writeOptionFile(warehouse, client.vendor);
      const statement = execute === undefined ? [] : [`--execute=${execute}`];
      process.exitCode = await runOnTerminal(client, [`--defaults-file=${options.path}`, ...statement, ...args]);
    });
}

/** Locally, the client that set-up unpacked: it fits the server. */
async function candidatesFor(stage: string): Promise<Omit<ClientProgram, "vendor">[]> {
  const installed = ["mysql", "mariadb"].map((command) => ({ command, env: process.env }));
  if (stage !== LOCAL_STAGE) return installed;
  const { engineProgram } = await import("../../local/engine-programs.ts");
  const { localStatus } = await import("../../local/local-status.ts");
  return [engineProgram("client", (await localStatus())?.database.engine), ...installed];
}
