import type { Command } from "commander";
import { colours } from "../output/colours.ts";
import type { ReplayAnswer } from "../../shared/dead-letters/replay-api.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { formatMany } from "../../shared/text/format.ts";
import { printAnswer } from "../output/print-answer.ts";
import { instantBefore } from "../parse-span.ts";
import { wholeNumber } from "../parse-whole-number.ts";
import { callReplay, type ReplayRequestInput } from "../dlq/call-replay.ts";
import { Progress } from "../output/progress.ts";
import { renderMessages, renderNotes, renderFullMessages } from "../output/print-dlq-messages.ts";
import { openReplay } from "../stage/open-replay.ts";
import { UsageError } from "../usage-error.ts";

interface DlqOptions {
  run?: string;
  layer?: string;
  id?: string;
  pattern?: string;
  olderThan?: string;
  limit?: number;
  dryRun?: boolean;
  force?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** The command line that was entered. */
interface Invocation {
  argument: string | undefined;
  options: DlqOptions;
  command: Command;
}

async function layerOf({ argument, options }: Invocation): Promise<string | undefined> {
  if (argument !== undefined && options.layer !== undefined && argument !== options.layer) {
    throw new UsageError(
      `the argument ${argument} and --layer ${options.layer} name different layers`,
      "Pass only one of them.",
    );
  }
  const layer = argument ?? options.layer;
  if (layer === undefined) return undefined;
  // loads the YAML parser
  const layers = await (await import("../stage/function-names.ts")).namesWithQueues();
  if (layers.includes(layer)) return layer;
  throw new UsageError(`there is no layer ${layer}`, `The layers are ${layers.join(", ")}.`);
}

function stageOf({ command }: Invocation): string {
  return command.optsWithGlobals<{ stage: string }>().stage;
}

async function ask(
  invocation: Invocation,
  request: Pick<ReplayRequestInput, "action" | "dryRun" | "force" | "withBodies">,
): Promise<ReplayAnswer> {
  const { options } = invocation;
  const access = await openReplay(stageOf(invocation));
  const filter = {
    layer: await layerOf(invocation),
    runId: options.run,
    messageId: options.id,
    pattern: options.pattern,
    olderThan: options.olderThan,
    limit: options.limit,
  };
  const progress = new Progress();
  progress.show("reading dead-letter queues");
  try {
    return await callReplay(access, { ...request, ...filter }, (count) =>
      progress.show(`reading dead-letter queues: ${formatMany(count, "message")} so far`),
    );
  } finally {
    progress.end();
    access.lambda.destroy();
  }
}

function print({ options }: Invocation, answer: ReplayAnswer, lines: readonly string[]): void {
  printAnswer(options.json, answer, () => lines.join("\n"));
}

/** The messages, their number, and notes. */
function render(invocation: Invocation, answer: ReplayAnswer, what: (count: number) => string): string[] {
  const count = answer.messages.length;
  return [
    ...(count === 0 ? [] : [renderMessages(answer), ""]),
    count === 0 ? "no DLQ messages match" : what(count),
    ...renderNotes(answer, stageOf(invocation)),
  ];
}

function withFilters(command: Command): Command {
  return command
    .argument("[layer]", "only this layer, like --layer")
    .option("--layer <layer>", "only this layer")
    .option("--run <run>", "only this run")
    .option("--id <message>", "only this message")
    .option("--pattern <pattern>", "only with this error pattern or code; docs/errors.md lists them")
    .option("--older-than <span>", "only messages that failed more than this long ago: 30m, 12h or 3d", instantBefore)
    .option("--limit <n>", "at most this many, oldest first", wholeNumber(1))
    .option("--json", "print JSON");
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ./baton dlq ${line}`).join("\n")}`;
}

type Action = (layer: string | undefined, options: DlqOptions, command: Command) => Promise<void>;
function action(run: (invocation: Invocation) => Promise<void>): Action {
  return (argument, options, command) => run({ argument, options, command });
}

async function list(invocation: Invocation): Promise<void> {
  const answer = await ask(invocation, { action: "list" });
  print(
    invocation,
    answer,
    render(invocation, answer, (count) => colours.bold(formatMany(count, "DLQ message"))),
  );
}

async function show(invocation: Invocation): Promise<void> {
  const answer = await ask(invocation, { action: "list", withBodies: true });
  const messages =
    answer.messages.length === 0 ? "no DLQ messages match" : renderFullMessages(answer, stageOf(invocation));
  print(invocation, answer, [messages, ...renderNotes(answer, stageOf(invocation))]);
}

async function replay(invocation: Invocation): Promise<void> {
  const { dryRun = false, force = false } = invocation.options;
  const answer = await ask(invocation, { action: "replay", dryRun, force });
  const follow = commandFor(stageOf(invocation), "status");
  const what = dryRun ? "would be sent back" : `sent back. To follow the run: ${follow}`;
  print(
    invocation,
    answer,
    render(invocation, answer, (count) => `${colours.bold(String(count))} ${what}`),
  );
  if (answer.skipped.some(({ reason }) => reason === "refused-by-queue")) process.exitCode = 1;
}

async function purge(invocation: Invocation): Promise<void> {
  const { dryRun = false, yes = false } = invocation.options;
  if (!yes && !dryRun) {
    throw new UsageError("purge deletes messages permanently", "Check with --dry-run first, then repeat with --yes.");
  }
  const answer = await ask(invocation, { action: "purge", dryRun });
  const what = dryRun ? "would be deleted" : "deleted";
  print(
    invocation,
    answer,
    render(invocation, answer, (count) => `${colours.bold(String(count))} ${what}`),
  );
}

/** `baton dlq`: messages that layers could not process, and how to replay them. */
export function register(program: Command): void {
  const dlq = program
    .command("dlq")
    .summary("list, show, replay or delete DLQ messages")
    .description(
      "A message that a layer could not process goes to its dead-letter queue. These commands call the environment's " +
        "replay function and need only the right to invoke it (docs/replay.md).",
    )
    .addHelpText(
      "after",
      examples("list", "show silver", "replay silver").replace("baton dlq list", "baton --stage prod dlq list"),
    );
  withFilters(dlq.command("list").summary("list DLQ messages, oldest first"))
    .addHelpText("after", examples("list", "list silver --json", "list --pattern lock-wait --older-than 12h"))
    .action(action(list));
  withFilters(dlq.command("show").summary("show DLQ messages with the next step and the message body"))
    .addHelpText("after", examples("show silver", "show --id 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"))
    .action(action(show));
  withFilters(dlq.command("replay").summary("send DLQ messages back to their layer, with a new set of attempts"))
    .option("--dry-run", "show which messages would be sent, and send none")
    .option("--force", "also send messages of superseded runs, and send even if the ledger does not answer")
    .addHelpText("after", examples("replay silver", "replay --run 2026-02-07-1a2b3c4d --dry-run"))
    .action(action(replay));
  withFilters(dlq.command("purge").summary("delete DLQ messages permanently"))
    .option("--dry-run", "show which messages would be deleted, and delete none")
    .option("--yes", "delete without asking")
    .addHelpText("after", examples("purge --pattern EVENT_INVALID --dry-run", "purge staging --older-than 3d --yes"))
    .action(action(purge));
}
