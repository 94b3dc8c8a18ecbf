import { setTimeout as wait } from "node:timers/promises";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Command } from "commander";
import { colours } from "../output/colours.ts";
import type { Alert } from "../../events/alert.ts";
import { wholeNumber } from "../parse-whole-number.ts";
import { readAlerts } from "../alerts/read-alerts.ts";
import { renderAlert } from "../output/print-alerts.ts";
import { openStage } from "../stage/open-stage.ts";
import { StopSignals } from "../stop-signals.ts";

interface AlertsOptions {
  follow?: boolean;
  limit: number;
  json?: boolean;
}

const FOLLOW_MS = 2_000;

const EXAMPLES = `
Alerts are retained for 14 days; reading does not remove them.

Examples:
  ./baton alerts
  ./baton alerts --limit 1
  ./baton alerts --follow
  ./baton alerts --json | jq '.alerts[] | select(.kind == "opened") | .subject'`;

function show(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Shows alerts as they arrive, oldest first; with `--json` one JSON object per line. Ctrl-C first makes the messages
 * that are being read visible again, then stops.
 */
async function follow(sqs: SQSClient, alertsQueue: string, { json, limit }: AlertsOptions): Promise<void> {
  const stop = new StopSignals((signal) => new Error(`stopped by ${signal}`));
  const seen = new Set<string>();
  try {
    for (let isFirst = true; !stop.signal.aborted; isFirst = false) {
      const news = (await readAlerts(sqs, alertsQueue)).filter(({ id }) => !seen.has(id));
      const shown: Alert[] = isFirst ? news.slice(0, limit) : news;
      for (const { id } of news) seen.add(id);
      for (const alert of shown.toReversed()) show(json === true ? JSON.stringify(alert) : `${renderAlert(alert)}\n`);
      await wait(FOLLOW_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    stop.release();
    sqs.destroy();
  }
}

/** `baton alerts`: the alerts that were sent. */
export function register(program: Command): void {
  program
    .command("alerts")
    .summary("show sent alerts, newest first")
    .option("--follow", "show new alerts as they arrive, until Ctrl-C")
    .option("--limit <n>", "how many", wholeNumber(1), 20)
    .option("--json", "print JSON; with --follow one object per line")
    .addHelpText("after", EXAMPLES)
    .action(async (options: AlertsOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      const sqs = new SQSClient(stage.clientOptions);
      if (options.follow === true) return follow(sqs, stage.alertsQueue, options);
      // the emulator has one server, so a short poll finds everything
      const waitSeconds = stage.clientOptions.endpoint === undefined ? 1 : 0;
      const alerts = (await readAlerts(sqs, stage.alertsQueue, waitSeconds)).slice(0, options.limit);
      if (options.json === true) return show(JSON.stringify({ alerts }));
      if (alerts.length === 0) return show(colours.dim("no alerts in the last 14 days"));
      return show(alerts.map(renderAlert).join("\n\n"));
    });
}
