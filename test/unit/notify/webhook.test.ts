import { createHmac } from "node:crypto";
import type { Alert } from "../../../events/alert.ts";
import { slackMessage } from "../../../functions/notify/slack-message.ts";
import { teamsMessage } from "../../../functions/notify/teams-message.ts";
import { postToWebhook } from "../../../functions/notify/webhook.ts";
import { ChatTool } from "../../support/stand-ins/chat-tool.ts";

const alert: Alert = {
  ...{ id: "1", kind: "opened", severity: "error", stage: "prod", at: "2026-02-06T22:00:00.000Z" },
  ...{ subject: "[Baton prod] FAILED silver", text: "error  a < b & c > d" },
};

/** The path of a chat tool's URL is the secret. */
const PATH = "/hook/T0PSECRET";

describe("the webhook of a chat tool", () => {
  it("is called again after an error, and can verify the signature", async () => {
    const tool = new ChatTool([503]);
    const signingKey = "0123456789abcdef";

    await postToWebhook(alert, "slack", { url: `${await tool.start()}${PATH}`, signingKey });
    await tool.stop();

    expect(tool.received).toHaveLength(2);
    const { headers, body } = tool.received[1] ?? { headers: {}, body: "" };
    const timestamp = String(headers["x-baton-timestamp"]);
    const signature = createHmac("sha256", signingKey).update(`${timestamp}.${body}`).digest("hex");
    expect(headers["x-baton-signature"]).toBe(`v1=${signature}`);
    expect(JSON.parse(body)).toEqual(slackMessage(alert));
  });

  it("is given up after three attempts, and its address stays secret", async () => {
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

  it("is called again after the wait that it requests; after a long one, the message returns to the queue", async () => {
    const soon = new ChatTool([{ status: 429, headers: { "retry-after": "1" } }]);
    const late = new ChatTool([{ status: 429, headers: { "retry-after": "30" } }]);
    const [soonUrl, lateUrl] = [await soon.start(), await late.start()];
    const startedAt = Date.now();

    await postToWebhook(alert, "teams", { url: soonUrl });
    const waitedMs = Date.now() - startedAt;
    const error: unknown = await postToWebhook(alert, "teams", { url: lateUrl }).catch((reason: unknown) => reason);
    await Promise.all([soon.stop(), late.stop()]);

    expect(waitedMs).toBeGreaterThanOrEqual(990);
    expect(soon.received.map(({ body }) => JSON.parse(body) as object)).toEqual([
      teamsMessage(alert),
      teamsMessage(alert),
    ]);
    expect(late.received).toHaveLength(1);
    expect(error).toMatchObject({ retriable: true, message: expect.stringContaining("status 429") as string });
  }, 20_000);

  it.each([
    [400, "invalid_blocks", "status 400 (invalid_blocks)"],
    [403, "action_prohibited", "status 403 (action_prohibited)"],
    [404, "no_service", "status 404 (no_service)"],
    [410, "<html>/hook/T0PSECRET is gone</html>", "status 410"],
  ])("that answers %i is not called again at once, and its error code is passed on", async (status, body, reason) => {
    const tool = new ChatTool([{ status, body }]);
    const url = `${await tool.start()}${PATH}`;

    const error: unknown = await postToWebhook(alert, "slack", { url }).catch((caught: unknown) => caught);
    await tool.stop();

    expect(tool.received).toHaveLength(1);
    expect(error).toMatchObject({ code: "WEBHOOK_FAILED", retriable: true });
    expect((error as Error).message).toBe(`the chat tool's webhook did not accept the alert: ${reason}`);
  });

  it("that does not answer is given up after three timeouts", async () => {
    const tool = new ChatTool([], "never");
    const url = await tool.start();

    const error: unknown = await postToWebhook(alert, "slack", { url }, { timeoutMs: 200 }).catch(
      (reason: unknown) => reason,
    );
    await tool.stop();

    expect(tool.received).toHaveLength(3);
    expect(error).toMatchObject({ message: expect.stringContaining("TimeoutError") as string });
  }, 30_000);
});
