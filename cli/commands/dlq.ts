import { InvokeCommand } from "@aws-sdk/client-lambda";
import { InvalidArgumentError, type Command } from "commander";
import pc from "picocolors";
import { z } from "zod";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { DeadLetter } from "../../shared/dead-letters/dead-letter.ts";
import { table } from "../output/print-status.ts";
import { openStage } from "../stage/open-stage.ts";
import type { StageAccess } from "../stage/stage-access.ts";
import { UsageError } from "../usage-error.ts";

interface DlqOptions {
  run?: string;
  id?: string;
  code?: string;
  olderThan?: string;
  limit?: number;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

const answerSchema = z.object({
  letters: z.array(
    z.object({
      messageId: z.string(),
      layer: z.string(),
      runId: z.string(),
      detailType: z.string(),
      kind: z.string(),
      code: z.string(),
      message: z.string(),
      attempt: z.number(),
      failedAt: z.string().optional(),
      sentAt: z.string(),
      body: z.string(),
    }),
  ),
});

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("expected a whole number above 0");
  return number;
}

/** `12h`, `3d`, `30m` before now, as an instant. */
function instantBefore(text: string): string {
  const [, amount = "", unit = ""] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const ms = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  if (ms === undefined) throw new InvalidArgumentError("expected a span, such as 30m, 12h or 3d");
  return new Date(Date.now() - Number(amount) * ms).toISOString();
}

/** Functions that have queues of their own as layers do. */
const LISTENERS = ["refresh", "notify"];

/** Asks the replay function, the only one that may touch the queues of all layers. */
async function ask(
  stage: StageAccess,
  action: "list" | "replay" | "purge",
  layer: string | undefined,
  options: DlqOptions,
): Promise<DeadLetter[]> {
  const names = [...stage.layers, ...LISTENERS];
  if (layer !== undefined && !names.includes(layer)) {
    throw new UsageError(`there is no layer ${layer}`, `the layers are ${names.join(", ")}`);
  }
  const request = {
    action,
    layer,
    runId: options.run,
    messageId: options.id,
    code: options.code,
    olderThan: options.olderThan,
    limit: options.limit,
  };
  const answer = await stage.lambda.send(
    new InvokeCommand({ FunctionName: stage.replayFunction, Payload: JSON.stringify(request) }),
  );
  const payload: unknown = JSON.parse(answer.Payload?.transformToString() ?? "null");
  if (answer.FunctionError !== undefined) {
    throw new PermanentError("REPLAY_FAILED", `function ${stage.replayFunction}: ${JSON.stringify(payload)}`, {
      kind: "aws",
      advice: "Dead letters are sent before they are deleted: none is lost. Look at the function's log.",
    });
  }
  const parsed = answerSchema.parse(payload);
  return parsed.letters.map((letter) => ({ ...letter, failedAt: letter.failedAt }));
}

function render(letters: readonly DeadLetter[], what: string): string {
  if (letters.length === 0) return "no dead letters";
  const rows = letters.map((letter) => [
    letter.layer,
    letter.runId,
    letter.code,
    String(letter.attempt),
    letter.failedAt ?? letter.sentAt,
    letter.messageId,
    letter.message.replaceAll(/\s+/g, " ").slice(0, 80),
  ]);
  const head = ["layer", "run", "code", "attempt", "failed at", "message id", "error"];
  return `${table(head, rows, [3])}\n\n${pc.bold(String(letters.length))} ${what}`;
}

function print(options: DlqOptions, letters: readonly DeadLetter[], what: string): void {
  process.stdout.write(`${options.json === true ? JSON.stringify({ letters }) : render(letters, what)}\n`);
}

function withFilters(command: Command): Command {
  return command
    .option("--run <run>", "only of this run")
    .option("--id <message>", "only this message")
    .option("--code <code>", "only with this error code")
    .option("--older-than <span>", "only those that failed longer ago, such as 12h or 3d", instantBefore)
    .option("--limit <n>", "at most so many", positive)
    .option("--json", "print JSON for machines");
}

/** `baton dlq`: what the layers gave up, and how to send it back. */
export function register(program: Command): void {
  const dlq = program.command("dlq").summary("list, replay or delete dead letters");
  const open = (command: Command) => openStage(command.optsWithGlobals<{ stage: string }>().stage);

  withFilters(dlq.command("list").summary("list dead letters").argument("[layer]"))
    .addHelpText("after", "\nExamples:\n  ./baton dlq list\n  ./baton dlq list silver --json")
    .action(async (layer: string | undefined, options: DlqOptions, command: Command) => {
      print(options, await ask(await open(command), "list", layer, options), "dead letters");
    });
  withFilters(dlq.command("show").summary("show dead letters whole").argument("[layer]")).action(
    async (layer: string | undefined, options: DlqOptions, command: Command) => {
      const letters = await ask(await open(command), "list", layer, options);
      process.stdout.write(`${JSON.stringify(letters, null, 2)}\n`);
    },
  );
  withFilters(dlq.command("replay").summary("send dead letters back to their layer").argument("[layer]"))
    .option("--dry-run", "only say which would be sent")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton dlq replay silver\n  ./baton dlq replay --run 2026-02-07-1a2b3c4d --dry-run",
    )
    .action(async (layer: string | undefined, options: DlqOptions, command: Command) => {
      const action = options.dryRun === true ? "list" : "replay";
      const what = options.dryRun === true ? "would be sent back" : "sent back; follow the run: ./baton status";
      print(options, await ask(await open(command), action, layer, options), what);
    });
  withFilters(dlq.command("purge").summary("delete dead letters for good").argument("[layer]"))
    .option("--dry-run", "only say which would be deleted")
    .option("--yes", "delete without asking")
    .action(async (layer: string | undefined, options: DlqOptions, command: Command) => {
      if (options.yes !== true && options.dryRun !== true) {
        throw new UsageError("purge deletes messages for good", "look first with --dry-run, then say --yes");
      }
      const action = options.dryRun === true ? "list" : "purge";
      const what = options.dryRun === true ? "would be deleted" : "deleted";
      print(options, await ask(await open(command), action, layer, options), what);
    });
}
