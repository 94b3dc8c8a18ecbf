import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { colours } from "../output/colours.ts";
import type { Engine } from "../../local/engine.ts";
import type { LocalStatus } from "../../local/local-status.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { printAnswer } from "../output/print-answer.ts";
import { say } from "../output/say.ts";

/** A type, because commands for AWS must not load local/. */
const ENGINES: readonly Engine[] = ["mariadb", "mysql"];

function render(status: LocalStatus): string {
  const { database } = status;
  return [
    `${colours.bold("environment")}  ${status.stage}`,
    `${colours.bold("AWS")}          ${status.endpoint}  (${status.region})`,
    `${colours.bold("bus")}          ${status.bus}`,
    `${colours.bold("bucket")}       ${status.bucket}`,
    `${colours.bold("queues")}       ${Object.keys(status.queues).join(", ")}`,
    `${colours.bold("database")}     ${database.engine} at ${database.host}:${database.port}, user ${database.user} (password: ./baton local status --json)`,
  ].join("\n");
}

function print(status: LocalStatus, json: boolean | undefined): void {
  printAnswer(json, status, () => render(status));
}

const NO_STAGE = "\nThese commands always use the stack on this machine and ignore --stage.";

/** `baton local`: the stack on this machine. */
export function register(program: Command): void {
  const local = program
    .command("local")
    .summary("start, stop or show the stack on this machine")
    .addHelpText("after", "\nExamples:\n  ./baton local up\n  ./baton local status --json\n  ./baton local down");

  local
    .command("up")
    .summary("start the database and the AWS emulator, and deploy to it")
    .option("--force", "deploy even if nothing has changed")
    .addOption(
      new Option(
        "--engine <engine>",
        "database engine (default: the engine of the stack's data, else BATON_ENGINE, else mariadb)",
      ).choices(ENGINES),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nSet-up installs the engine into .baton/ first, if it is missing." +
        `\n\nExamples:\n  ./baton local up\n  ./baton local up --engine mysql\n  ./baton local up --force --json\n${NO_STAGE}`,
    )
    .action(async ({ force = false, engine, json }: { force?: boolean; engine?: Engine; json?: boolean }) => {
      const { localUp } = await import("../../local/stack.ts");
      print(await localUp((text) => say(`local: ${text}`), { force, engine }), json);
    });

  local
    .command("down")
    .summary("stop the stack and keep its data")
    .option("--purge", "also remove the data, and everything that set-up installed")
    .addHelpText(
      "after",
      "\nDumps, tables, ledger, pages, alerts and queued messages are available again after `./baton local up`." +
        `\nAfter --purge the next command runs set-up again.\n\nExamples:\n  ./baton local down\n  ./baton local down --purge\n${NO_STAGE}`,
    )
    .action(async (options: { purge?: boolean }) => {
      const { localDown } = await import("../../local/stack.ts");
      await localDown({ purge: options.purge === true });
      say("local: stopped");
      if (options.purge !== true) return;
      const leftByDeployments = [".serverless", ".esbuild"].map((name) => join(projectRoot, name));
      for (const folder of leftByDeployments) await rm(folder, { recursive: true, force: true });
      for (const folder of [batonHome, join(projectRoot, "node_modules")]) {
        await rm(folder, { recursive: true, force: true });
        say(`local: removed ${folder}`);
      }
    });

  local
    .command("status")
    .summary("show the addresses of the stack")
    .option("--json", "print JSON, with the password of the database's administrator")
    .addHelpText(
      "after",
      `\nExamples:\n  ./baton local status\n  ./baton local status --json | jq -r .database.url\n${NO_STAGE}`,
    )
    .action(async (options: { json?: boolean }) => {
      const { requireLocalStack } = await import("../stage/local-stage.ts");
      print(await requireLocalStack(), options.json);
    });
}
