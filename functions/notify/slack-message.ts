import type { Alert } from "../../events/alert.ts";
import { alertLinks } from "./alert-links.ts";
import { fittingLines } from "./fitting-lines.ts";

/** @see Slack "Block Kit reference": header 150 characters, section 3,000, 50 blocks a message */
const MAX_HEADER = 150;
const MAX_SECTION = 3_000;
const FENCE = "```";
const MAX_CODE = MAX_SECTION - 2 * FENCE.length;
/** A longer text is not readable as a message. */
const MAX_SECTIONS = 8;

/**
 * An alert for an incoming webhook of Slack: a header, the text as code, which preserves its columns, and links.
 *
 * @see Slack "Incoming webhooks"; "Formatting text": `&`, `<` and `>` have a meaning in Slack; `<!channel>` would notify everybody
 */
export function slackMessage(alert: Pick<Alert, "subject" | "text" | "stage">): object {
  const links = alertLinks(alert.text).map(({ label, url }) => `<${escaped(url)}|${label}>`);
  return {
    // shown in the notification
    text: escaped(alert.subject),
    blocks: [
      { type: "header", text: { type: "plain_text", text: alert.subject.slice(0, MAX_HEADER), emoji: false } },
      ...sectionsOf(alert).map((code) => section(FENCE + code + FENCE)),
      ...(links.length === 0 ? [] : [section(links.join("  "))]),
    ],
  };
}

function section(text: string): object {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(FENCE, "'''");
}

/** The text, escaped, split between lines into parts that fit into a section. */
function sectionsOf(alert: Pick<Alert, "text" | "stage">): string[] {
  const measure = (line: string): number => escaped(line).length + 1;
  // a section may be half empty because the next line does not fit
  const lines = fittingLines(alert, { line: MAX_CODE / 2, all: (MAX_CODE * MAX_SECTIONS) / 2, measure });
  const sections: string[] = [];
  for (const line of lines.map(escaped)) {
    const last = sections.at(-1);
    if (last === undefined || last.length + 1 + line.length > MAX_CODE) sections.push(line);
    else sections[sections.length - 1] = `${last}\n${line}`;
  }
  return sections;
}
