import { createHmac } from "node:crypto";
import type { Alert } from "../../../events/alert.ts";
import { postToWebhook, webhookBody } from "../../../functions/notify/webhook.ts";
import { ChatTool } from "../../support/chat-tool.ts";

const alert: Alert = {
  ...{ id: "1", kind: "opened", severity: "error", stage: "prod", at: "2026-02-06T22:00:00.000Z" },
  ...{ subject: "[Baton prod] FAILED silver", text: "error  a < b & c > d" },
};

/** The path of a chat tool is the secret. */
const PATH = "/hook/T0PSECRET";

describe("the webhook of a chat tool", () => {
  it("gets subject and text in Slack's form, with its three characters escaped", () => {
    expect(webhookBody(alert, "slack")).toEqual({
      text: alert.subject,
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: "*[Baton prod] FAILED silver*" } },
        { type: "section", text: { type: "mrkdwn", text: "```error  a &lt; b &amp; c &gt; d```" } },
      ],
    });
  });

  it("gets an adaptive card in Teams' form", () => {
    expect(webhookBody(alert, "teams")).toMatchObject({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: { type: "AdaptiveCard", body: [{ text: alert.subject }, { text: alert.text }] },
        },
      ],
    });
  });

  it("is tried again when it does not answer well, and can check who wrote", async () => {
    const tool = new ChatTool([503]);
    const signingKey = "0123456789abcdef";

    await postToWebhook(alert, "slack", { url: `${await tool.start()}${PATH}`, signingKey });
    await tool.stop();

    expect(tool.received).toHaveLength(2);
    const { headers, body } = tool.received[1] ?? { headers: {}, body: "" };
    const timestamp = String(headers["x-baton-timestamp"]);
    const signature = createHmac("sha256", signingKey).update(`${timestamp}.${body}`).digest("hex");
    expect(headers["x-baton-signature"]).toBe(`v1=${signature}`);
    expect(JSON.parse(body)).toEqual(webhookBody(alert, "slack"));
  });

  it("is given up after three tries, and its address stays a secret", async () => {
    const tool = new ChatTool([500, 500, 500]);
    const url = `${await tool.start()}${PATH}`;

    const error: unknown = await postToWebhook(alert, "slack", { url }).catch((reason: unknown) => reason);
    await tool.stop();
    const refused: unknown = await postToWebhook(alert, "slack", { url }).catch((reason: unknown) => reason);

    expect(tool.received).toHaveLength(3);
    expect(error).toMatchObject({ code: "WEBHOOK_FAILED", message: expect.stringContaining("status 500") as string });
    expect(refused).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") as string });
    for (const each of [error, refused]) {
      const { message, stack, cause } = each as Error;
      expect(JSON.stringify([message, stack, String(cause)])).not.toMatch(/T0PSECRET|127\.0\.0\.1/);
    }
  }, 20_000);
});
