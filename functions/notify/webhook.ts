import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { TransientError } from "../../shared/errors/errors.ts";
import type { Alert } from "../../events/alert.ts";
import { slackMessage } from "./slack-message.ts";
import { teamsMessage } from "./teams-message.ts";

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
/** A chat tool may ask for a longer wait; then the queue brings the message again. */
const LONGEST_PAUSE_MS = 5_000;

/** The body that a chat tool takes. */
const MESSAGE_OF: Record<WebhookFormat, (alert: Alert) => object> = { slack: slackMessage, teams: teamsMessage };

/** Signs a body: `X-Baton-Signature: v1=<hex of HMAC-SHA256 over "<X-Baton-Timestamp>.<body>">`. */
export function signatureHeaders(body: string, key: string | undefined, now: Date): Record<string, string> {
  if (key === undefined) return {};
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex");
  return { "x-baton-timestamp": timestamp, "x-baton-signature": `v1=${signature}` };
}

/**
 * Posts an alert to a chat tool: three times, where another try may help. The address is a secret: no error names it.
 *
 * @throws TransientError WEBHOOK_FAILED with the status and the tool's own word, or the kind of fault of the connection
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
    if (!refusal.mayPass || refusal.retryAfterMs > LONGEST_PAUSE_MS) break;
  }
  throw new TransientError(
    "WEBHOOK_FAILED",
    `the chat tool's webhook did not take the alert: ${refusal?.reason ?? "unknown"}`,
    {
      kind: "aws",
      retryAfterSeconds: 60,
      advice: "Check the secret that webhookSecretArn names, and the webhook in the chat tool.",
    },
  );
}

/** Why a chat tool did not take a message. */
interface Refusal {
  reason: string;
  /** False for what the tool will refuse again. */
  mayPass: boolean;
  /** As long as the tool asks to wait; 0 where it does not. */
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
    const said = wordOf(await response.text());
    if (response.ok) return undefined;
    const { status, headers } = response;
    return {
      reason: `status ${status}${said}`,
      mayPass: status >= 500 || status === 429 || status === 408,
      retryAfterMs: (Number(headers.get("retry-after")) || 0) * 1_000,
    };
  } catch (error) {
    return { reason: faultOf(error), mayPass: true, retryAfterMs: 0 };
  }
}

/** Slack says in a word what it does not like: `no_service`, `invalid_blocks`. Longer answers may quote the address. */
function wordOf(answer: string): string {
  return /^[a-z_]{3,40}$/.test(answer.trim()) ? ` (${answer.trim()})` : "";
}

const faultSchema = z.object({ name: z.string(), cause: z.object({ code: z.string() }).optional().catch(undefined) });

/** Only the kind of the fault: its text would name the address. */
function faultOf(error: unknown): string {
  const fault = faultSchema.safeParse(error);
  return fault.success ? (fault.data.cause?.code ?? fault.data.name) : "unknown fault";
}
