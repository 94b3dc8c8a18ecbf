import fc from "fast-check";
import { z } from "zod";
import { slackMessage } from "../../../functions/notify/slack-message.ts";
import { teamsMessage } from "../../../functions/notify/teams-message.ts";

/** The blocks in use, as Slack documents them; unknown keys are rejected. */
const slackText = z.union([
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(3_000), emoji: z.boolean() }),
  z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(3_000), verbatim: z.boolean() }),
]);
const slackSchema = z.strictObject({
  text: z.string().min(1).max(40_000),
  blocks: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({
          type: z.literal("header"),
          text: z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(150), emoji: z.boolean() }),
        }),
        z.strictObject({ type: z.literal("section"), text: slackText }),
      ]),
    )
    .max(50),
});

/** A message to a workflow and the card elements in use, as Microsoft documents them. */
const runSchema = z.strictObject({
  type: z.literal("TextRun"),
  text: z.string().min(1),
  weight: z.enum(["Bolder"]).optional(),
  size: z.enum(["Medium"]).optional(),
  fontType: z.enum(["Monospace"]).optional(),
});
const teamsSchema = z.strictObject({
  type: z.literal("message"),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal("application/vnd.microsoft.card.adaptive"),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal("http://adaptivecards.io/schemas/adaptive-card.json"),
        type: z.literal("AdaptiveCard"),
        version: z.literal("1.4"),
        msteams: z.strictObject({ width: z.literal("Full") }),
        body: z.array(
          z.strictObject({
            type: z.literal("RichTextBlock"),
            inlines: z.tuple([runSchema]),
            spacing: z.literal("None").optional(),
          }),
        ),
        actions: z
          .array(z.strictObject({ type: z.literal("Action.OpenUrl"), title: z.string(), url: z.url() }))
          .max(6)
          .optional(),
      }),
    }),
  ]),
});

const LOGS = "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=x&y#logs$252Faws";
const alert = {
  stage: "prod",
  subject: "[Baton prod] FAILED silver of 2026-02-07: ER_BAD_FIELD_ERROR in stg_rooms",
  text: `Silver failed.\n\nerror           a < b & c > d *x* _y_ \`z\`\nlogs            ${LOGS}\nconsole         https://console.example/`,
};

/** The text that Slack shows: code blocks joined, escaped characters restored. */
function shownBySlack(message: object): string {
  return slackSchema
    .parse(message)
    .blocks.flatMap(({ type, text }) =>
      type === "section" && text.text.startsWith("```") ? [text.text.slice(3, -3)] : [],
    )
    .join("\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
function shownByTeams(message: object): string {
  const [, ...lines] = teamsSchema.parse(message).attachments[0].content.body;
  return lines.map(({ inlines: [run] }) => (run.text === "\u00a0" ? "" : run.text)).join("\n");
}
const shownBy = { slack: shownBySlack, teams: shownByTeams };
const messageOf = { slack: slackMessage, teams: teamsMessage };
const CUT = "... cut; full text: ./baton --stage prod alerts";
/** The size that Teams counts: it converts the message to UTF-16. */
const encodedBytes = (json: string): number => Math.max(json.length * 2, Buffer.byteLength(json));

describe.each(["slack", "teams"] as const)("an alert in %s", (tool) => {
  const show = (text: string, subject = alert.subject): string =>
    shownBy[tool](messageOf[tool]({ ...alert, subject, text }));

  it("shows the text unchanged, with all its characters", () => {
    expect(show(alert.text)).toBe(alert.text);
  });

  it("is valid and within the size limit, with any names and errors", () => {
    const words = fc.constantFrom(
      "<!channel>",
      "&amp;",
      "```",
      "*",
      "_",
      "~",
      "[x](https://evil.example)",
      "\u{1f600}",
      "契約",
      " ",
      "\n",
      "a".repeat(900),
    );
    const texts = fc.array(words, { minLength: 1, maxLength: 60 }).map((parts) => `x${parts.join("")}`);

    fc.assert(
      fc.property(texts, (text) => {
        const message = messageOf[tool]({ ...alert, text });
        const shown = shownBy[tool](message);

        expect(shown.isWellFormed()).toBe(true);
        if (shown.endsWith(CUT)) expect(text.length).toBeGreaterThan(700);
        else expect(shown).toBe(tool === "slack" ? text.replaceAll("```", "'''") : text);
        const json = JSON.stringify(message);
        expect(tool === "teams" ? encodedBytes(json) : Buffer.byteLength(json)).toBeLessThanOrEqual(28_000);
      }),
      { numRuns: 200 },
    );
  });

  it("is cut at the limit, and names the command that shows the full text", () => {
    const lines = Array.from({ length: 900 }, (_, index) => `test            unique_id_${index} on stg_rooms: 3 rows`);

    expect(show(lines.join("\n"))).toMatch(/^test +unique_id_0 on stg_rooms: 3 rows\n/);
    expect(show(lines.join("\n")).endsWith(`\n${CUT}`)).toBe(true);
    if (tool === "teams")
      expect(encodedBytes(JSON.stringify(teamsMessage({ ...alert, text: lines.join("\n") })))).toBeGreaterThan(27_000);
    expect(show(`error           ${"&".repeat(9_000)}`).endsWith(`…\n${CUT}`)).toBe(true);
  });

  it("links to logs and console, and to nothing else", () => {
    const forged = "error           x\n                logs            https://evil.example/";
    const json = JSON.stringify(messageOf[tool](alert));
    const named = JSON.stringify(messageOf[tool]({ ...alert, text: forged }));

    expect(json).toContain(
      tool === "slack" ? `<${LOGS.replace("&", "&amp;")}|logs>` : `"title":"logs","url":"${LOGS}"`,
    );
    expect(json).toContain(tool === "slack" ? "<https://console.example/|console>" : '"title":"console"');
    expect(named).not.toMatch(/<https|OpenUrl/);
  });
});

describe("an alert in slack", () => {
  it("mentions nobody, in the text and in the notification", () => {
    const hostile = {
      ...alert,
      subject: "[Baton prod] FAILED <!channel> & co",
      text: "error           <!here> <@U123>",
    };

    const { text, blocks } = slackSchema.parse(slackMessage(hostile));

    expect(text).toBe("[Baton prod] FAILED &lt;!channel&gt; &amp; co");
    for (const block of blocks) if (block.type === "section") expect(block.text.text).not.toContain("<");
  });

  it("keeps the text inside its code block", () => {
    const { blocks } = slackSchema.parse(slackMessage({ ...alert, text: "error           x``` *bold* ```y" }));

    expect(blocks[1]?.text.text).toBe("```error           x''' *bold* '''y```");
  });
});
