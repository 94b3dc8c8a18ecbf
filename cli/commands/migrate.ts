import { hostname } from "node:os";
import type { Command } from "commander";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { ledgerSchemaOf, qualitySchemaOf, schemasOf } from "../../shared/config/schemas-of.ts";
import { compareWarehouses } from "../../shared/copy/compare-warehouses.ts";
import { copyWarehouse, type CopyProgress, type SchemaToCopy } from "../../shared/copy/copy-warehouse.ts";
import { switchBack, switchWarehouse } from "../../shared/copy/switch-warehouse.ts";
import { planCopy } from "../../shared/copy/plan-copy.ts";
import { retireSource } from "../../shared/copy/retire-source.ts";
import { PermanentError, TransientError } from "../../shared/errors/errors.ts";
import { formatBytes, formatCount } from "../../shared/text/format.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { endConnection } from "../../shared/warehouse/connection/end-connection.ts";
import { readLayerTable } from "../../local/layer-table.ts";
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
import { UsageError } from "../usage-error.ts";
import { userName } from "../user-name.ts";
import { StopSignals } from "../stop-signals.ts";

interface MigrateFlags {
  from?: string;
  to?: string;
  schemaPrefix: string;
  connections: number;
  backups: boolean;
  replace: boolean;
  yes?: boolean;
  json?: boolean;
}

interface RetireFlags extends MigrateFlags {
  /** Milliseconds. */
  after: number;
  allowShort: boolean;
  ignore: readonly string[];
  drop: boolean;
}

/** A dashboard that is used once a month connects at least once in this time. */
const DEFAULT_AFTER = "30d";
/** A weekly report connects at least once in this time. */
const SAFE_AFTER = "7d";

const EXAMPLES = `
Examples:
  $ export BATON_FROM_PASSWORD=... BATON_TO_PASSWORD=...
  $ ./baton migrate plan --from mysql://admin@old.example --to mysql://admin@new.example
  $ ./baton migrate copy --from mysql://admin@old.example --to mysql://admin@new.example
  $ ./baton migrate verify --from mysql://admin@old.example --to mysql://admin@new.example --json

A URL is mysql://user@host[:port][?tls=required|disabled]; TLS is required unless the server is on this machine. docs/migrate.md
describes the whole move.`;

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
    .action(async (flags: MigrateFlags) => {
      const sides = await sidesOf(flags);
      const schemas = (await schemasToCopy(flags)).map(({ name }) => name);
      const plan = await planCopy({ ...sides, schemas });
      printAnswer(flags.json, plan, () => renderCopyPlan(plan));
      process.exitCode = plan.obstacles.length === 0 ? 0 : 1;
    });

  withConnections(withSides(migrate.command("copy")))
    .option("--replace", "move live tables of the target that no copy made to its backup schemas", false)
    .summary("copy the warehouse, and make all tables of the target live at once")
    .description(
      "Copies tables into SCHEMA_next of the target and makes them live with one RENAME. Tables that did not change since the " +
        "last copy stay. An interrupted copy continues when you run the command again. The source is only read.",
    )
    .addHelpText("after", EXAMPLES)
    .action(copy);

  withConnections(withSides(migrate.command("verify")))
    .summary("compare both warehouses by key ranges; exit 1 if they differ")
    .description(
      "Both servers compute counts and checksums of the same key ranges. Differences are shown with table, key range and the " +
        "first keys. Changes nothing on either server. The ledger of a running pipeline differs all the time, so it is left out.",
    )
    .addHelpText("after", EXAMPLES)
    .action(verify);

  withConnections(withSides(migrate.command("switch")))
    .option("--yes", "switch")
    .summary("make the target the warehouse, and retire the source")
    .description(
      "Copies and compares everything, closes both servers for runs, copies and compares the last changes, retires the source and " +
        "adopts the target. Fails while a run is active. A switch that fails leaves the source open; after a kill, run the " +
        "command again, or `back`. Prints what to deploy.",
    )
    .addHelpText("after", SWITCH_EXAMPLES)
    .action(switchSides);

  withSides(migrate.command("back"))
    .option("--yes", "undo the switch")
    .summary("undo a switch before the first run on the new server")
    .description("Retires the target and opens the source again. Fails after the first run on the target.")
    .addHelpText("after", SWITCH_EXAMPLES)
    .action(async (flags: MigrateFlags) => {
      requireYes(flags);
      const layers = (await readLayerTable()).map(({ name }) => name);
      const targetFingerprint = await switchBack({
        ...(await sidesOf(flags)),
        layers,
        by: `${userName()}@${hostname()}`,
      });
      printAnswer(flags.json, { targetFingerprint }, () => `the source is the warehouse again: ${targetFingerprint}`);
    });

  registerRetire(migrate);
}

function registerRetire(migrate: Command): void {
  withSides(migrate.command("retire"))
    .option(
      "--after <time>",
      "time without connections to the source: 30d, 12h or 30m",
      parseSpan,
      parseSpan(DEFAULT_AFTER),
    )
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
    .action(retire);
}

async function retire(flags: RetireFlags): Promise<void> {
  if (flags.after < parseSpan(SAFE_AFTER) && !flags.allowShort) {
    throw new UsageError(
      `--after is below ${SAFE_AFTER}: a weekly report that still reads the source would not be seen`,
      "Use a longer time, or add --allow-short.",
    );
  }
  if (flags.drop) requireYes(flags, "this removes the data of the source permanently", "Check without --drop first");
  const progress = new Progress();
  try {
    const report = await retireSource({
      ...(await sidesOf(flags)),
      by: `${userName()}@${hostname()}`,
      schemas: await schemasWithData(flags),
      afterMs: flags.after,
      ignored: flags.ignore,
      data: flags.drop ? "drop" : "keep",
      onDrop: (schema) => progress.show(`dropping ${schema}`),
    });
    progress.end();
    printAnswer(flags.json, report, () => renderRetirement(report));
  } finally {
    progress.end();
  }
}

async function schemasWithData({ schemaPrefix }: MigrateFlags): Promise<string[]> {
  const names = (await readLayerTable()).flatMap(({ name, alsoBuilds }) => [...alsoBuilds, name]);
  const published = [...new Set(names)].map((name) => schemasOf(schemaPrefix, name));
  return [...published.flatMap(({ live, next, backup }) => [live, next, backup]), qualitySchemaOf(schemaPrefix)];
}

async function switchSides(flags: MigrateFlags): Promise<void> {
  requireYes(flags);
  const progress = new Progress();
  const stop = new StopSignals(interrupted);
  const startedAt = performance.now();
  let compared = 0;
  try {
    const report = await switchWarehouse({
      ...(await sidesOf(flags)),
      schemas: await schemasToCopy(flags),
      layers: (await readLayerTable()).map(({ name }) => name),
      by: `${userName()}@${hostname()}`,
      connections: flags.connections,
      signal: stop.signal,
      onProgress: (state) => progress.show(progressLine(state, performance.now() - startedAt)),
      onCompared(count) {
        compared += count;
        progress.show(`compared ${formatCount(compared)} rows`);
      },
      onRepeat: () => undefined,
    });
    progress.end();
    printAnswer(flags.json, report, () => renderSwitch(report));
  } finally {
    progress.end();
    stop.release();
  }
}

function requireYes(
  { yes }: MigrateFlags,
  what = "this changes the warehouse that Baton writes to",
  first = "Check with `plan` and `verify` first",
): void {
  if (yes !== true) throw new UsageError(what, `${first}, then repeat with --yes.`);
}

function withSides(command: Command): Command {
  return command
    .option("--from <url>", "required: the warehouse; its password is in BATON_FROM_PASSWORD")
    .option("--to <url>", "required: the server to move to; its password is in BATON_TO_PASSWORD")
    .option("--schema-prefix <prefix>", "prefix of the schemas: the environment's parameter schemaPrefix", "")
    .option("--backups", "also the backup schemas", false)
    .option("--json", "print JSON");
}

function withConnections(command: Command): Command {
  return command.option("--connections <n>", "number of connections to each server", wholeNumber(1, 32), 3);
}

/** @throws PermanentError COPY_UNREACHABLE naming the side that refuses the connection */
async function sidesOf({
  from,
  to,
  schemaPrefix,
}: MigrateFlags): Promise<{ from: WarehouseConfig; to: WarehouseConfig }> {
  const parse = async (text: string | undefined, option: "--from" | "--to"): Promise<WarehouseConfig> => {
    const passwordVariable = option === "--from" ? "BATON_FROM_PASSWORD" : "BATON_TO_PASSWORD";
    if (text === undefined) throw new UsageError(`${option} is missing`, `Add ${option} mysql://user@host[:port].`);
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

async function schemasToCopy({ schemaPrefix, backups }: MigrateFlags): Promise<SchemaToCopy[]> {
  const layers = await readLayerTable();
  const published = [...new Set(layers.flatMap(({ name, alsoBuilds }) => [...alsoBuilds, name]))].flatMap((name) => {
    const { live, backup } = schemasOf(schemaPrefix, name);
    return backups ? [live, backup] : [live];
  });
  return [
    ...published.map((name): SchemaToCopy => ({ name, changes: "by-publication" })),
    { name: qualitySchemaOf(schemaPrefix), changes: "constantly" },
    { name: ledgerSchemaOf(schemaPrefix), changes: "constantly" },
  ];
}

async function copy(flags: MigrateFlags): Promise<void> {
  const sides = await sidesOf(flags);
  const progress = new Progress();
  const stop = new StopSignals(interrupted);
  const startedAt = performance.now();
  try {
    const report = await copyWarehouse({
      ...sides,
      schemas: await schemasToCopy(flags),
      connections: flags.connections,
      existing: flags.replace ? "replace" : "refuse",
      signal: stop.signal,
      onProgress: (state) => progress.show(progressLine(state, performance.now() - startedAt)),
      onRepeat(tables) {
        progress.end();
        process.stderr.write(`changed on the source meanwhile, copied again: ${tables.join(", ")}\n`);
      },
    });
    progress.end();
    const durationMs = Math.round(performance.now() - startedAt);
    const answer = { ...report, durationMs, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
    printAnswer(flags.json, answer, () => renderCopy(answer));
  } finally {
    progress.end();
    stop.release();
  }
}

async function verify(flags: MigrateFlags): Promise<void> {
  const sides = await sidesOf(flags);
  const progress = new Progress();
  const stop = new StopSignals(interrupted);
  const startedAt = performance.now();
  let rows = 0;
  try {
    const schemas = (await schemasToCopy(flags)).filter(({ changes }) => changes === "by-publication");
    const report = await compareWarehouses({
      ...sides,
      schemas: schemas.map(({ name }) => name),
      connections: flags.connections,
      signal: stop.signal,
      onRows(count) {
        rows += count;
        progress.show(`compared ${formatCount(rows)} rows`);
      },
    });
    progress.end();
    const durationMs = Math.round(performance.now() - startedAt);
    printAnswer(flags.json, report, () => renderComparison(report, durationMs));
    if (!report.equal) process.exitCode = 1;
  } finally {
    progress.end();
    stop.release();
  }
}

function progressLine({ schema, rows, totalRows, bytes }: CopyProgress, ms: number): string {
  const rate = (bytes / Math.max(1, ms)) * 1000;
  return `copying ${schema}: ${formatCount(rows)} of about ${formatCount(totalRows)} rows, ${formatBytes(rate)}/s`;
}

function interrupted(signal: NodeJS.Signals): TransientError {
  return new TransientError("COPY_INTERRUPTED", `stopped by ${signal}: live tables did not change`, {
    kind: "timeout",
  });
}
