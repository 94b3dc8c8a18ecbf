import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import pc from "picocolors";
import { batonHome, projectRoot } from "../../local/paths.ts";
import { localDown, localStatus, localUp, type LocalStatus } from "../../local/stack.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { printAnswer } from "../output/print-answer.ts";

function render(status: LocalStatus): string {
  const { database } = status;
  return [
    `${pc.bold("stage")}     ${status.stage}`,
    `${pc.bold("AWS")}       ${status.endpoint}  (${status.region})`,
    `${pc.bold("bus")}       ${status.bus}`,
    `${pc.bold("bucket")}    ${status.bucket}`,
    `${pc.bold("queues")}    ${Object.keys(status.queues).join(", ")}`,
    `${pc.bold("database")}  ${database.host}:${database.port}, user ${database.user} (password: ./baton local status --json)`,
  ].join("\n");
}

function print(status: LocalStatus, json: boolean | undefined): void {
  printAnswer(json, status, () => render(status));
}

/** `baton local`: the stack on this machine. */
export function register(program: Command): void {
  const local = program.command("local").summary("start, stop or show the stack on this machine");

  local
    .command("up")
    .summary("start MariaDB and the AWS emulator, and deploy to it")
    .option("--force", "deploy again even when nothing has changed")
    .option("--json", "print JSON for machines")
    .action(async (options: { force?: boolean; json?: boolean }) => {
      const say = (text: string): void => void process.stderr.write(`local: ${text}\n`);
      print(await localUp(say, { force: options.force === true }), options.json);
    });

  local
    .command("down")
    .summary("stop the stack; its data stays unless purged")
    .option("--purge", "remove the data, and everything that set-up has brought")
    .addHelpText("after", "\nAfter --purge the next command sets up again.")
    .action(async (options: { purge?: boolean }) => {
      await localDown({ purge: options.purge === true });
      process.stderr.write("local: stopped\n");
      if (options.purge !== true) return;
      const leftByDeployments = [".serverless", ".esbuild"].map((name) => join(projectRoot, name));
      for (const folder of leftByDeployments) await rm(folder, { recursive: true, force: true });
      for (const folder of [batonHome, join(projectRoot, "node_modules")]) {
        await rm(folder, { recursive: true, force: true });
        process.stderr.write(`local: removed ${folder}\n`);
      }
    });

  local
    .command("status")
    .summary("show where the stack is")
    .option("--json", "print JSON for machines, with the database's password")
    .action(async (options: { json?: boolean }) => {
      const status = await localStatus();
      if (status === undefined) {
        throw new PermanentError("LOCAL_STACK_DOWN", "the local stack does not run", {
          kind: "target",
          advice: "./baton local up",
        });
      }
      print(status, options.json);
    });
}
