import { hostname } from "node:os";
import type { Command } from "commander";
import { readLayerTable } from "../../local/layer-table.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import {
  DEFAULT_AFTER_MS,
  runMigration,
  type MigrationReport,
  type MigrationRequest,
} from "../../shared/copy/run-migration.ts";
import { assertNever } from "../../shared/errors/assert-never.ts";
import { PermanentError, TransientError } from "../../shared/errors/errors.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { endConnection } from "../../shared/warehouse/connection/end-connection.ts";
import { printAnswer } from "../output/print-answer.ts";
import {
  renderComparison,
  renderCopy,
  renderCopyPlan,
  renderRetirement,
  renderSwitch,
} from "../output/print-migrate.ts";
import { Progress } from "../output/progress.ts";
import { parseDatabaseUrl } from "../parse-database-url.ts";
import { parseSpan } from "../parse-span.ts";
import { wholeNumber } from "../parse-whole-number.ts";
import { StopSignals } from "../stop-signals.ts";
import { UsageError } from "../usage-error.ts";
import { userName } from "../user-name.ts";

interface MigrateFlags {
  from?: string;
  to?: string;
  schemaPrefix: string;
  backups: boolean;
  remote?: boolean;
  json?: boolean;
}

interface CopyFlags extends MigrateFlags {
  connections: number;
  replace?: boolean;
  yes?: boolean;
}

interface RetireFlags extends MigrateFlags {
  /** Milliseconds. */
  after: number;
  allowShort: boolean;
  ignore: readonly string[];
  drop: boolean;
  yes?: boolean;
}

/** A weekly report connects at least once in this time. */
const SAFE_AFTER = "7d";

const EXAMPLES = `
Examples:
  $ export BATON_FROM_PASSWORD=... BATON_TO_PASSWORD=...
  $ ./baton migrate plan --from mysql://admin@old.example --to mysql://admin@new.example
  $ ./baton migrate copy --from mysql://admin@old.example --to mysql://admin@new.example
  $ ./baton migrate verify --from mysql://admin@old.example --to mysql://admin@new.example --json

  $ ./baton migrate copy --remote --stage prod

A URL is mysql://user@host[:port][?tls=required|disabled]; TLS is required unless the server is on this machine. With --remote the
environment's function migrate does the work, between the servers of its configuration. docs/migrate.md describes the whole move.`;

const SWITCH_EXAMPLES = `
Examples:
  $ ./baton migrate switch --from mysql://admin@old.example --to mysql://admin@new.example --yes
  $ ./baton migrate back --from mysql://admin@old.example --to mysql://admin@new.example --yes`;

const RETIRE_EXAMPLES = `
Examples:
  $ ./baton migrate retire --from mysql://admin@old.example --to mysql://admin@new.example --after 30d
  $ ./baton migrate retire --from mysql://admin@old.example --to mysql://admin@new.example --after 30d --drop --yes

The server counts the connections of each account since it started, so a restart starts the time of --after again.
Connections of the account that runs the command are not seen. docs/migrate.md describes what a server knows.`;

/** `baton migrate`: moves the warehouse to another server. */
export function register(program: Command): void {
  const migrate = program
    .command("migrate")
    .summary("copy the warehouse to another server, compare both, switch")
    .addHelpText("after", EXAMPLES);

  withSides(migrate.command("plan"))
    .summary("show what would be copied, and what prevents it; exit 1 if something does")
    .description("Shows tables, sizes, estimated time, and what prevents a copy. Changes nothing on either server.")
    .addHelpText("after", EXAMPLES)
    .action((flags: MigrateFlags, command: Command) => carryOut("plan", flags, command));

  withConnections(withSides(migrate.command("copy")))
    .option("--replace", "move live tables of the target that no copy made to its backup schemas", false)
    .summary("copy the warehouse, and make all tables of the target live at once")
    .description(
      "Copies tables into SCHEMA_next of the target and makes them live with one RENAME. Tables that did not change since the " +
        "last copy stay. An interrupted copy continues when you run the command again. The source is only read.",
    )
    .addHelpText("after", EXAMPLES)
    .action((flags: CopyFlags, command: Command) => carryOut("copy", flags, command));

  withConnections(withSides(migrate.command("verify")))
    .summary("compare both warehouses by key ranges; exit 1 if they differ")
    .description(
      "Both servers compute counts and checksums of the same key ranges. Differences are shown with table, key range and the " +
        "first keys. Changes nothing on either server. The ledger of a running pipeline differs all the time, so it is left out.",
    )
    .addHelpText("after", EXAMPLES)
    .action((flags: CopyFlags, command: Command) => carryOut("verify", flags, command));

  withConnections(withSides(migrate.command("switch")))
    .option("--yes", "switch")
    .summary("make the target the warehouse, and retire the source")
    .description(
      "Copies and compares everything, closes both servers for runs, copies and compares the last changes, retires the source and " +
        "adopts the target. Fails while a run is active. A switch that fails leaves the source open; after a kill, run the " +
        "command again, or `back`. Prints what to deploy.",
    )
    .addHelpText("after", SWITCH_EXAMPLES)
    .action((flags: CopyFlags, command: Command) => {
      requireYes(flags);
      return carryOut("switch", flags, command);
    });

  withSides(migrate.command("back"))
    .option("--yes", "undo the switch")
    .summary("undo a switch before the first run on the new server")
    .description("Retires the target and opens the source again. Fails after the first run on the target.")
    .addHelpText("after", SWITCH_EXAMPLES)
    .action((flags: CopyFlags, command: Command) => {
      requireYes(flags);
      return carryOut("back", flags, command);
    });

  withSides(migrate.command("retire"))
    .option("--after <time>", "time without connections to the source: 30d, 12h or 30m", parseSpan, DEFAULT_AFTER_MS)
    .option("--allow-short", `accept --after below ${SAFE_AFTER}`, false)
    .option("--ignore <account...>", "users, or user@host, that do not use the warehouse, such as monitoring", [])
    .option("--drop", "remove the data of the source: all schemas except the ledger", false)
    .option("--yes", "remove the data")
    .summary("check that nobody uses the old server since the switch, and remove its data")
    .description(
      "Fails before the time has passed since the switch, or if anybody has connected to the source since. Without --drop it " +
        "removes nothing. With --drop, the ledger stays: functions that still point to the source get TARGET_RETIRED.",
    )
    .addHelpText("after", RETIRE_EXAMPLES)
    .action((flags: RetireFlags, command: Command) => {
      if (flags.after < parseSpan(SAFE_AFTER) && !flags.allowShort) {
        throw new UsageError(
          `--after is below ${SAFE_AFTER}: a weekly report that still reads the source would not be seen`,
          "Use a longer time, or add --allow-short.",
        );
      }
      if (flags.drop)
        requireYes(flags, "this removes the data of the source permanently", "Check without --drop first");
      const { after: afterMs, ignore, drop } = flags;
      return carryOut("retire", flags, command, { retire: { afterMs, ignored: [...ignore], drop } });
    });
}

function requireYes(
  { yes }: Pick<CopyFlags, "yes">,
  what = "this changes the warehouse that Baton writes to",
  first = "Check with `plan` and `verify` first",
): void {
  if (yes !== true) throw new UsageError(what, `${first}, then repeat with --yes.`);
}

function withSides(command: Command): Command {
  return command
    .option("--from <url>", "required: the warehouse; its password is in BATON_FROM_PASSWORD")
    .option("--to <url>", "required: the server to move to; its password is in BATON_TO_PASSWORD")
    .option("--remote", "let the environment's function migrate do it, instead of --from and --to")
    .option("--schema-prefix <prefix>", "prefix of the schemas: the environment's parameter schemaPrefix", "")
    .option("--backups", "also the backup schemas", false)
    .option("--json", "print JSON");
}

function withConnections(command: Command): Command {
  return command.option("--connections <n>", "number of connections to each server", wholeNumber(1, 32), 3);
}

/** Runs a command here or by the function, and prints its report. */
async function carryOut(
  name: MigrationRequest["command"],
  flags: MigrateFlags & Partial<CopyFlags>,
  command: Command,
  more: Pick<MigrationRequest, "retire"> = {},
): Promise<void> {
  const { backups, connections, replace } = flags;
  const request: MigrationRequest = {
    ...{ command: name, by: `${userName()}@${hostname()}`, backups },
    ...(connections !== undefined && { connections }),
    ...(replace !== undefined && { replace }),
    ...more,
  };
  const startedAt = performance.now();
  const report =
    flags.remote === true
      ? await (
          await import("../remote/remote-migration.ts")
        ).remoteMigration(request, flags, command.optsWithGlobals<{ stage: string }>())
      : await migrateHere(request, flags);
  print(report, { json: flags.json, durationMs: Math.round(performance.now() - startedAt) });
}

/** Other commands take moments, or must not stop half-way. */
const STOPPABLE = new Set<MigrationRequest["command"]>(["copy", "verify", "switch"]);

async function migrateHere(request: MigrationRequest, flags: MigrateFlags): Promise<MigrationReport> {
  const sides = await sidesOf(flags);
  const progress = new Progress();
  const stop = STOPPABLE.has(request.command) ? new StopSignals(interrupted) : undefined;
  try {
    return await runMigration(request, {
      ...{ ...sides, layers: await readLayerTable(), startedAt: new Date(), compared: [] },
      signal: stop?.signal ?? new AbortController().signal,
      onProgress: (line) => progress.show(line),
      onNote(line) {
        progress.end();
        process.stderr.write(`${line}\n`);
      },
      onStep: () => undefined,
    });
  } finally {
    progress.end();
    stop?.release();
  }
}

function print(answer: MigrationReport, { json, durationMs }: { json: boolean | undefined; durationMs: number }): void {
  const { command, report } = answer;
  switch (command) {
    case "plan":
      printAnswer(json, report, () => renderCopyPlan(report));
      process.exitCode = report.obstacles.length === 0 ? 0 : 1;
      return;
    case "copy":
      return printAnswer(json, report, () => renderCopy(report));
    case "verify":
      printAnswer(json, report, () => renderComparison(report, durationMs));
      process.exitCode = report.equal ? 0 : 1;
      return;
    case "switch":
      return printAnswer(json, report, () => renderSwitch(report));
    case "back":
      return printAnswer(json, report, () => `the source is the warehouse again: ${report.targetFingerprint}`);
    case "retire":
      return printAnswer(json, report, () => renderRetirement(report));
    default:
      return assertNever(command);
  }
}

/** @throws PermanentError COPY_UNREACHABLE naming the side that refuses the connection */
async function sidesOf({
  from,
  to,
  schemaPrefix,
}: MigrateFlags): Promise<{ from: WarehouseConfig; to: WarehouseConfig }> {
  const parse = async (text: string | undefined, option: "--from" | "--to"): Promise<WarehouseConfig> => {
    const passwordVariable = option === "--from" ? "BATON_FROM_PASSWORD" : "BATON_TO_PASSWORD";
    if (text === undefined)
      throw new UsageError(`${option} is missing`, `Add ${option} mysql://user@host[:port], or --remote.`);
    const config = { ...parseDatabaseUrl(text, { option, passwordVariable, passwordInUrl: "refuse" }), schemaPrefix };
    await connect(config).then(endConnection, (cause: unknown) => {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new PermanentError("COPY_UNREACHABLE", `${option} ${config.host}:${config.port}: ${message}`, {
        ...{ kind: "target", cause },
        advice:
          `Check ${option}, the password in ${passwordVariable}, and TLS: \`?tls=required\` needs a certificate that the ` +
          "system or NODE_EXTRA_CA_CERTS knows, `?tls=disabled` sends everything in clear text.",
      });
    });
    return config;
  };
  return { from: await parse(from, "--from"), to: await parse(to, "--to") };
}

function interrupted(signal: NodeJS.Signals): TransientError {
  return new TransientError("COPY_INTERRUPTED", `stopped by ${signal}: live tables did not change`, {
    kind: "timeout",
  });
}
