import type { Alert } from "../../events/alert.ts";
import { alertLinks } from "./alert-links.ts";
import { fittingLines } from "./fitting-lines.ts";

/** @see Microsoft Teams "Create incoming webhooks": a message has 28 KB at most, here with room for what is around */
const MAX_BYTES = 24_000;
const MAX_LINE_BYTES = 4_000;

/**
 * An alert as a workflow of Teams takes it ("When a Teams webhook request is received"): an adaptive card with a block a
 * line, and a button for each link. Text runs are no Markdown, so that nothing in them needs to be escaped.
 *
 * @see Microsoft Teams "Create incoming webhooks with Workflows"; Adaptive Cards "RichTextBlock", "TextRun"
 */
export function teamsMessage(alert: Pick<Alert, "subject" | "text" | "stage">): object {
  const measure = (line: string): number => Buffer.byteLength(JSON.stringify(lineBlock(line)));
  const lines = fittingLines(alert, { line: MAX_LINE_BYTES, all: MAX_BYTES, measure });
  const actions = alertLinks(alert.text).map(({ label, url }) => ({ type: "Action.OpenUrl", title: label, url }));
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
          body: [block({ text: alert.subject, weight: "Bolder", size: "Medium" }), ...lines.map(lineBlock)],
          ...(actions.length > 0 && { actions }),
        },
      },
    ],
  };
}

function lineBlock(line: string): object {
  // an empty line would take no room
  return { ...block({ text: line === "" ? "\u00a0" : line, fontType: "Monospace" }), spacing: "None" };
}

function block(run: { text: string; weight?: string; size?: string; fontType?: string }): object {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", ...run }] };
}
