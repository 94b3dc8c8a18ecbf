import type { Command } from "commander";
import { colours } from "../output/colours.ts";
import type { RestoredTable } from "../../shared/ledger/publication/restore-backups.ts";
import { businessDateOf, listBackups, type ListedBackup } from "../../shared/ledger/reads/read-backups.ts";
import { zoneLabel } from "../../shared/time/time-zone.ts";
import { timeText } from "../../shared/time/time-text.ts";
import { printAnswer } from "../output/print-answer.ts";
import { table } from "../output/table.ts";
import { parseTime } from "../parse-time.ts";
import { openLedgerOf, openLedgerToRead } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import { UsageError } from "../usage-error.ts";

interface RestoreOptions {
  layer?: string;
  at?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** The list of backups as text. */
export function renderList(backups: readonly ListedBackup[]): string {
  if (backups.length === 0) return "there are no backups: the first publication of a layer replaces nothing";
  const rows = backups.map((backup) => [
    backup.layer,
    backup.table,
    businessDateOf(backup) ?? "not known",
    timeText(backup.takenAt.toISOString()),
    `${backup.schema}.${backup.backupTable}`,
  ]);
  return table(["layer", "table", "holds", `replaced at (${zoneLabel()})`, "backup"], rows);
}

/** Restored tables as text. */
export function renderRestored(restored: readonly RestoredTable[], { dryRun = false }: RestoreOptions): string {
  const rows = restored.map(({ from, businessDate, replacedAt, to, keptAs }) => [
    to,
    from === undefined ? "(not in this set)" : (businessDate ?? "not known"),
    replacedAt === undefined ? "" : timeText(replacedAt),
    from ?? "",
    keptAs ?? "(nothing was live)",
  ]);
  const what = dryRun ? "would be restored" : "restored; the replaced tables are kept under the names shown";
  return `${table(["table", "holds", `replaced at (${zoneLabel()})`, "from backup", "replaced table kept as"], rows)}\n\n${colours.bold(String(rows.length))} ${what}`;
}

/** `baton backups`: the sets of tables that publications have replaced, and how to restore them. */
export function register(program: Command): void {
  const backups = program
    .command("backups")
    .summary("list or restore tables that a publication replaced")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton backups list\n  ./baton --stage prod backups restore --layer gold --dry-run",
    );

  backups
    .command("list")
    .summary("list backups, newest first")
    .option("--layer <layer>", "only this layer")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  ./baton backups list\n  ./baton backups list --layer gold --json")
    .action(async (options: { layer?: string; json?: boolean }, command: Command) => {
      await using ledger = await openLedgerToRead(await openStage(command.optsWithGlobals<{ stage: string }>().stage));
      const found = await listBackups(ledger.pool, options.layer);
      printAnswer(options.json, found, () => renderList(found));
    });

  backups
    .command("restore")
    .summary("make a backup live again")
    .description(
      "Swaps a table, or a layer's whole set, with its backup in one statement, and keeps what was live as a backup. " +
        "The sweep function then sends LayerRestored, and the dashboards read the restored tables. Fails while the layer " +
        "runs, or when a table of the set is missing.",
    )
    .argument("[table]", "table to restore; or pass --layer")
    .option("--layer <layer>", "restore the whole set that one publication replaced")
    .option(
      "--at <time>",
      "the newest backup taken until then, in the time zone of serverless.yml or ISO 8601; by default the newest",
    )
    .option("--dry-run", "show what would be swapped, and change nothing")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      '\nExamples:\n  ./baton backups restore --layer gold\n  ./baton backups restore orders_by_day --at "2026-02-07 07:05:12" --dry-run',
    )
    .action(async (name: string | undefined, options: RestoreOptions, command: Command) => {
      if ((name === undefined) === (options.layer === undefined)) {
        throw new UsageError("pass either a table or --layer", "List the backups: ./baton backups list");
      }
      const at = options.at === undefined ? undefined : parseTime(options.at);
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerOf(stage);
      // imported only here, because it imports the AWS SDK
      const { restoreBackups } = await import("../../shared/ledger/publication/restore-backups.ts");
      const restored = await restoreBackups(
        { warehouse: stage.warehouse, ledger, stage: stage.stage },
        { table: name, layer: options.layer, at, dryRun: options.dryRun === true },
      );
      printAnswer(options.json, { restored }, () => renderRestored(restored, options));
    });
}
