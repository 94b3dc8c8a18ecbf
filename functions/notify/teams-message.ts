import type { Alert } from "../../events/alert.ts";
import { alertLinks, type AlertLink } from "./alert-links.ts";
import { fittingLines } from "./fitting-lines.ts";

/** @see Microsoft Teams "Limits and specifications": about 28 KB a message, everything included */
const MAX_BYTES = 28_000;
const MAX_LINE_BYTES = 8_000;

/**
 * An alert for a workflow of Teams ("When a Teams webhook request is received"): an adaptive card with one block per
 * line and a button for each link. Text runs are not Markdown, so nothing in them needs escaping. The whole message is
 * cut to the limit of Teams.
 *
 * @see Microsoft Teams "Create incoming webhooks with Workflows"; Adaptive Cards "RichTextBlock", "TextRun"
 */
export function teamsMessage(alert: Pick<Alert, "subject" | "text" | "stage">): object {
  const links = alertLinks(alert.text);
  const measure = (line: string): number => encodedBytes([lineBlock(line)]);
  const all = MAX_BYTES - encodedBytes(card(alert.subject, [], links));
  return card(alert.subject, fittingLines(alert, { line: MAX_LINE_BYTES, all, measure }), links);
}

/** Teams converts a message to UTF-16 before it compares its size, unless UTF-8 is longer. */
function encodedBytes(part: object): number {
  const json = JSON.stringify(part);
  return Math.max(json.length * 2, Buffer.byteLength(json));
}

function card(subject: string, lines: readonly string[], links: readonly AlertLink[]): object {
  const actions = links.map(({ label, url }) => ({ type: "Action.OpenUrl", title: label, url }));
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [block({ text: subject, weight: "Bolder", size: "Medium" }), ...lines.map(lineBlock)],
          ...(actions.length > 0 && { actions }),
        },
      },
    ],
  };
}

function lineBlock(line: string): object {
  // Teams shows no empty line
  return { ...block({ text: line === "" ? "\u00a0" : line, fontType: "Monospace" }), spacing: "None" };
}

function block(run: { text: string; weight?: string; size?: string; fontType?: string }): object {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", ...run }] };
}
