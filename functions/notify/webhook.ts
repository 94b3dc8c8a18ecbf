import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { TransientError } from "../../shared/errors/errors.ts";
import type { Alert } from "../../events/alert.ts";

/** What the webhook's secret holds. */
export const webhookSecretSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  /** Where set, messages are signed with it. */
  signingKey: z.string().min(16).optional(),
});
export type WebhookSecret = z.infer<typeof webhookSecretSchema>;

export const webhookFormatSchema = z.enum(["slack", "teams"]);
export type WebhookFormat = z.infer<typeof webhookFormatSchema>;

const TIMEOUT_MS = 5_000;
/** Waits before the second and third try. */
const PAUSES_MS = [300, 1_000];

/**
 * The body that a chat tool takes.
 *
 * @see Slack "Incoming webhooks" and "Formatting text"; Microsoft Teams "Create incoming webhooks with Workflows"
 */
export function webhookBody(alert: Pick<Alert, "subject" | "text">, format: WebhookFormat): object {
  switch (format) {
    case "slack": {
      const text = alert.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      const block = (content: string): object => ({ type: "section", text: { type: "mrkdwn", text: content } });
      return {
        text: alert.subject,
        blocks: [block(`*${alert.subject}*`), block(`\`\`\`${text.slice(0, 2_900)}\`\`\``)],
      };
    }
    case "teams":
      return {
        type: "message",
        attachments: [
          {
            contentType: "application/vnd.microsoft.card.adaptive",
            content: {
              $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
              type: "AdaptiveCard",
              version: "1.4",
              body: [
                { type: "TextBlock", text: alert.subject, weight: "Bolder", wrap: true },
                { type: "TextBlock", text: alert.text, fontType: "Monospace", wrap: true },
              ],
            },
          },
        ],
      };
  }
}

/** Signs a body: `X-Baton-Signature: v1=<hex of HMAC-SHA256 over "<X-Baton-Timestamp>.<body>">`. */
export function signatureHeaders(body: string, key: string | undefined, now: Date): Record<string, string> {
  if (key === undefined) return {};
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex");
  return { "x-baton-timestamp": timestamp, "x-baton-signature": `v1=${signature}` };
}

/**
 * Posts an alert to a chat tool; tries three times. The address is a secret: no error names it.
 *
 * @throws TransientError WEBHOOK_FAILED with the status, or the kind of fault of the connection
 */
export async function postToWebhook(alert: Alert, format: WebhookFormat, secret: WebhookSecret): Promise<void> {
  const body = JSON.stringify(webhookBody(alert, format));
  let outcome = "";
  for (const pauseMs of [0, ...PAUSES_MS]) {
    await wait(pauseMs);
    outcome = await post(body, secret);
    if (outcome === "") return;
  }
  throw new TransientError("WEBHOOK_FAILED", `the chat tool's webhook did not take the alert: ${outcome}`, {
    kind: "aws",
    retryAfterSeconds: 60,
    advice: "Check the secret that webhookSecretArn names, and the webhook in the chat tool.",
  });
}

/** @returns what went wrong; empty when nothing did */
async function post(body: string, { url, signingKey }: WebhookSecret): Promise<string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...signatureHeaders(body, signingKey, new Date()) },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok ? "" : `status ${response.status}`;
  } catch (error) {
    return faultOf(error);
  }
}

const faultSchema = z.object({ name: z.string(), cause: z.object({ code: z.string() }).optional().catch(undefined) });

/** Only the kind of the fault: its text would name the address. */
function faultOf(error: unknown): string {
  const fault = faultSchema.safeParse(error);
  return fault.success ? (fault.data.cause?.code ?? fault.data.name) : "unknown fault";
}
