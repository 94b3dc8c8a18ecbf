import { setTimeout as wait } from "node:timers/promises";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { Command } from "commander";
import { LogReader, type LogLine } from "../../shared/aws/log-reader.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { Interrupted } from "../interrupted.ts";
import { printAnswer } from "../output/print-answer.ts";
import { isMetric, parseLogLine, renderLogLine } from "../output/print-log-line.ts";
import { instantBefore } from "../parse-span.ts";
import { clientOptionsOf } from "../stage/client-options-of.ts";
import { explainRefusal } from "../stage/explain-refusal.ts";
import { functionNames } from "../stage/function-names.ts";
import { StopSignals } from "../stop-signals.ts";
import { UsageError } from "../usage-error.ts";

interface LogsOptions {
  run?: string;
  since?: string;
  follow?: boolean;
  json?: boolean;
}

const FOLLOW_MS = 1_000;
/** CloudWatch may show a line some seconds after later lines. */
const LATENESS_MS = 30_000;
const DEFAULT_SINCE = "1h";

/** `baton logs`: what a function has logged, from CloudWatch Logs. */
export function register(program: Command): void {
  program
    .command("logs")
    .summary("show the log of a layer's function, with times in the source's time zone")
    .description(
      "Shows what the function of a layer has logged, oldest first. Without --run and --since: the last hour. On AWS it " +
        "needs the right logs:FilterLogEvents on the function's log group, and no access to the warehouse.",
    )
    .argument(
      "<layer>",
      "a layer, or another function: sweep, pulse, replay, notify, refresh, console, docs, review, migrate",
    )
    .option("--run <run>", "only lines about this run")
    .option("--since <span>", "only lines of this long ago and later: 30m, 12h or 3d", instantBefore)
    .option("--follow", "show new lines as they come, until Ctrl-C")
    .option("--json", "print JSON; with --follow one object per line")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton logs silver\n  ./baton logs staging --run 2026-02-07-1a2b3c4d\n" +
        "  ./baton logs gold --follow\n  ./baton --stage prod logs notify --since 3d --json",
    )
    .action(async (name: string, options: LogsOptions, command: Command) => {
      const { stage } = command.optsWithGlobals<{ stage: string }>();
      const names = await functionNames();
      if (!names.includes(name))
        throw new UsageError(`there is no function ${name}`, `The functions are ${names.join(", ")}.`);
      using client = await openLogs(stage);
      const reader = readerOf(client.logs, options);
      const next = async (): Promise<LogLine[]> => linesOf(await read(reader, { stage, name }), options);
      if (options.follow === true) return await follow(next, { ...options, stage, name });
      const lines = await next();
      printAnswer(options.json, { lines: lines.map(describe) }, () =>
        lines.length > 0 ? lines.map(renderLogLine).join("\n") : nothing(name, options, stage),
      );
    });
}

async function openLogs(stage: string): Promise<{ logs: CloudWatchLogsClient } & Disposable> {
  const logs = new CloudWatchLogsClient(await clientOptionsOf(stage));
  return { logs, [Symbol.dispose]: () => logs.destroy() };
}

function readerOf(client: CloudWatchLogsClient, { run, since, follow: isFollowed }: LogsOptions): LogReader {
  const start = since ?? (run === undefined ? instantBefore(DEFAULT_SINCE) : undefined);
  return new LogReader(client, {
    ...(start !== undefined && { since: new Date(start) }),
    ...(run !== undefined && { pattern: `"${run.replaceAll('"', "")}"` }),
    ...(isFollowed === true && { latenessMs: LATENESS_MS }),
  });
}

/** Leaves out metrics and, with `--run`, lines that only quote the run. */
function linesOf(lines: readonly LogLine[], { run }: LogsOptions): LogLine[] {
  return lines.filter((line) => !isMetric(line) && (run === undefined || parseLogLine(line)?.runId === run));
}

async function read(reader: LogReader, { stage, name }: { stage: string; name: string }): Promise<LogLine[]> {
  const group = `/aws/lambda/baton-${stage}-${name}`;
  try {
    return await reader.next(group);
  } catch (error) {
    throw explainRefusal(error, {
      subject: `log group ${group}`,
      action: `read ${group}`,
      code: "LOGS_NOT_ALLOWED",
      advice: "Ask for logs:FilterLogEvents on that log group; no other permission is needed.",
    });
  }
}

async function follow(
  next: () => Promise<LogLine[]>,
  { name, run, stage, json }: LogsOptions & { stage: string; name: string },
): Promise<never> {
  const ofRun = run === undefined ? "" : ` --run ${run}`;
  const again = commandFor(stage, `logs ${name}${ofRun} --follow`);
  using stop = new StopSignals((signal) => new Interrupted(signal, `stopped. To follow the log again: ${again}`));
  for (;;) {
    for (const line of await next()) {
      process.stdout.write(`${json === true ? JSON.stringify(describe(line)) : renderLogLine(line)}\n`);
    }
    await wait(FOLLOW_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    stop.signal.throwIfAborted();
  }
}

function describe(line: LogLine): object {
  return { at: line.at.toISOString(), ...(parseLogLine(line) ?? { message: line.message }) };
}

function nothing(name: string, { run, since }: LogsOptions, stage: string): string {
  if (run !== undefined) return `${name} has logged nothing about run ${run}`;
  if (since !== undefined) return `${name} has logged nothing in that time`;
  return `${name} has logged nothing in the last hour. For more: ${commandFor(stage, `logs ${name} --since 3d`)}`;
}
