import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { readLayerTable, readSource } from "../../local/layer-table.ts";
import { batonHome } from "../../shared/config/checkout.ts";
import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import { bundlePage } from "../../shared/console/bundle-page.ts";
import { readReport } from "../../shared/console/data/read-report.ts";
import { renderPage } from "../../shared/console/render-page.ts";
import { openInBrowser } from "../output/open-in-browser.ts";
import { saveDbtDocs } from "../report/save-dbt-docs.ts";
import { openLedgerToRead } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import { withClients } from "../stage/stage-clients.ts";

interface ReportOptions {
  open?: boolean;
  out?: string;
  run?: string;
  json?: boolean;
}

/** `baton report`: the console page, from the current state of the ledger. */
export function register(program: Command): void {
  program
    .command("report")
    .summary("write the console page: today's state, durations, rows, data tests, failures, cost")
    .description(
      "Writes the console page from the current state of the ledger, as one HTML file without external resources, and " +
        "the dbt docs beside it if the bucket has them. Every run also writes the page to the bucket: console/index.html.",
    )
    .option("--open", "open the page in the browser")
    .option("--out <file>", "file to write; default: .baton/report/<stage>.html")
    .option("--run <run>", "run to show; default: the newest")
    .option("--json", "print the data of the page as JSON; with --out or --open also write the page")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton report --open\n  ./baton report --run 2026-02-07-1a2b3c4d --out run.html\n  ./baton report --json | jq .today",
    )
    .action(async (options: ReportOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerToRead(stage);
      const report = await readReport(ledger.pool, {
        stage: stage.stage,
        layers: await readLayerTable(),
        runId: options.run,
        now: new Date(),
        deadline: stage.stage === LOCAL_STAGE ? "" : (await readSource()).deadline,
      });
      const isJson = options.json === true;
      if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
      if (isJson && options.out === undefined && options.open !== true) return;
      const file = resolve(options.out ?? join(batonHome, "report", `${stage.stage}.html`));
      await mkdir(dirname(file), { recursive: true });
      const dbtDocs = await saveDbtDocs(withClients(stage), file);
      await writeFile(file, renderPage(report, await bundlePage(), { dbtDocs }));
      if (!isJson) process.stdout.write(`${report.today.headline}\n${file}\n`);
      if (options.open === true) await openInBrowser(file);
    });
}
