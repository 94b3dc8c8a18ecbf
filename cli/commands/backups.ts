import type { Command } from "commander";
import pc from "picocolors";
import type { RestoredTable } from "../../shared/ledger/publication/restore-backups.ts";
import { listBackups, type ListedBackup } from "../../shared/ledger/reads/read-backups.ts";
import { tokyoText } from "../../shared/time/tokyo-text.ts";
import { printAnswer } from "../output/print-answer.ts";
import { table } from "../output/table.ts";
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
    // a run ID begins with its business date
    backup.setRunId?.slice(0, 10) ?? "not known",
    tokyoText(backup.takenAt.toISOString(), "minute"),
    `${backup.schema}.${backup.backupTable}`,
  ]);
  return table(["layer", "table", "holds", "replaced at (JST)", "backup"], rows);
}

/** Restored tables as text. */
export function renderRestored(restored: readonly RestoredTable[], { dryRun = false }: RestoreOptions): string {
  const rows = restored.map(({ from, to, keptAs }) => [
    from ?? "(not in this set)",
    to,
    keptAs ?? "(nothing was live)",
  ]);
  const what = dryRun ? "would be restored" : "restored; what was live is kept as shown";
  return `${table(["backup", "live as", "replaced set kept as"], rows)}\n\n${pc.bold(String(rows.length))} ${what}`;
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
        "The sweep function then sends LayerRestored, and the dashboards read the restored tables. Refuses while the layer runs, and a set of " +
        "which a table is missing.",
    )
    .argument("[table]", "one table; else --layer")
    .option("--layer <layer>", "the whole set that one publication replaced")
    .option("--at <instant>", "the newest backup taken until then, ISO 8601; by default the newest")
    .option("--dry-run", "only say what would be swapped")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton backups restore --layer gold\n  ./baton backups restore new_contracts --at 2026-02-07T00:00:00Z --dry-run",
    )
    .action(async (name: string | undefined, options: RestoreOptions, command: Command) => {
      if ((name === undefined) === (options.layer === undefined)) {
        throw new UsageError("name either one table or --layer", "to see what there is: ./baton backups list");
      }
      const at = options.at === undefined ? undefined : new Date(options.at);
      if (at !== undefined && Number.isNaN(at.getTime())) {
        throw new UsageError(`--at ${options.at ?? ""} is no instant`, "expected, for example, 2026-02-07T00:00:00Z");
      }
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
