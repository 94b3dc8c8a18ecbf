import { colours } from "./colours.ts";
import { zoneLabel } from "../../shared/time/time-zone.ts";
import { timeText } from "../../shared/time/time-text.ts";
import type { Alert } from "../../events/alert.ts";

function colour({ kind, severity }: Alert): (text: string) => string {
  if (kind === "recovered") return colours.green;
  return severity === "error" ? colours.red : colours.yellow;
}

/** One alert as text: its subject and time, then its body. */
export function renderAlert(alert: Alert): string {
  const at = `${timeText(alert.at)} ${zoneLabel()}`;
  const text = alert.text.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
  return [`${colour(alert)(colours.bold(alert.subject))}  ${colours.dim(at)}`, ...text].join("\n");
}
