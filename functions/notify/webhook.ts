import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { TransientError } from "../../shared/errors/errors.ts";
import type { Alert } from "../../events/alert.ts";
import { slackMessage } from "./slack-message.ts";
import { teamsMessage } from "./teams-message.ts";

/** Content of the webhook's secret. */
export const webhookSecretSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  /** Optional: messages are signed with it. */
  signingKey: z.string().min(16).optional(),
});
export type WebhookSecret = z.infer<typeof webhookSecretSchema>;

export const webhookFormatSchema = z.enum(["slack", "teams"]);
export type WebhookFormat = z.infer<typeof webhookFormatSchema>;

const TIMEOUT_MS = 5_000;
/** Pauses before the second and third attempt. */
const PAUSES_MS = [300, 1_000];
/** If the chat tool asks for a longer pause, the message returns to the queue. */
const LONGEST_PAUSE_MS = 5_000;

/** The body in the format of the chat tool. */
const MESSAGE_OF: Record<WebhookFormat, (alert: Alert) => object> = { slack: slackMessage, teams: teamsMessage };

/** Signs a body: `X-Baton-Signature: v1=<hex of HMAC-SHA256 over "<X-Baton-Timestamp>.<body>">`. */
function signatureHeaders(body: string, key: string | undefined, now: Date): Record<string, string> {
  if (key === undefined) return {};
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex");
  return { "x-baton-timestamp": timestamp, "x-baton-signature": `v1=${signature}` };
}

/**
 * Posts an alert to a chat tool, up to three times where a retry may succeed. The address is a secret: no error names it.
 *
 * @throws TransientError WEBHOOK_FAILED with the status and the error code of the chat tool, or the kind of connection error
 */
export async function postToWebhook(
  alert: Alert,
  format: WebhookFormat,
  secret: WebhookSecret,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<void> {
  const body = JSON.stringify(MESSAGE_OF[format](alert));
  let refusal: Refusal | undefined;
  for (const pauseMs of [0, ...PAUSES_MS]) {
    await wait(Math.max(pauseMs, refusal?.retryAfterMs ?? 0));
    refusal = await post(body, secret, timeoutMs);
    if (refusal === undefined) return;
    if (!refusal.canRetry || refusal.retryAfterMs > LONGEST_PAUSE_MS) break;
  }
  throw new TransientError(
    "WEBHOOK_FAILED",
    `the chat tool's webhook did not accept the alert: ${refusal?.reason ?? "unknown"}`,
    {
      kind: "aws",
      retryAfterSeconds: 60,
      advice: "Check the secret that webhookSecretArn names, and the webhook in the chat tool.",
    },
  );
}

/** Why a chat tool did not accept a message. */
interface Refusal {
  reason: string;
  /** False where a retry gets the same answer. */
  canRetry: boolean;
  /** The pause that the chat tool asks for; 0 for none. */
  retryAfterMs: number;
}

async function post(body: string, { url, signingKey }: WebhookSecret, timeoutMs: number): Promise<Refusal | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...signatureHeaders(body, signingKey, new Date()) },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const code = codeOf(await response.text());
    if (response.ok) return undefined;
    const { status, headers } = response;
    return {
      reason: `status ${status}${code}`,
      canRetry: status >= 500 || status === 429 || status === 408,
      retryAfterMs: (Number(headers.get("retry-after")) || 0) * 1_000,
    };
  } catch (error) {
    return { reason: faultOf(error), canRetry: true, retryAfterMs: 0 };
  }
}

/** Slack answers with an error code: `no_service`, `invalid_blocks`. Longer answers may contain the address. */
function codeOf(answer: string): string {
  return /^[a-z_]{3,40}$/.test(answer.trim()) ? ` (${answer.trim()})` : "";
}

const faultSchema = z.object({ name: z.string(), cause: z.object({ code: z.string() }).optional().catch(undefined) });

/** Only the kind of the error: its text would contain the address. */
function faultOf(error: unknown): string {
  const fault = faultSchema.safeParse(error);
  return fault.success ? (fault.data.cause?.code ?? fault.data.name) : "unknown error";
}
