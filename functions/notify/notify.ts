import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { logger } from "../../shared/observability/observability.ts";
import { advance } from "./advance.ts";
import type { PendingAlert } from "./board.ts";
import type { BoardStore } from "./board-store.ts";
import { composeAlert, type AlertContext } from "./compose-alert.ts";
import { readSignal } from "./read-signal.ts";

/** A way to people. */
export interface Channel {
  name: string;
  send: (alert: PendingAlert) => Promise<void>;
}

/** What notify works with. */
export interface NotifyPorts {
  store: BoardStore;
  channels: readonly Channel[];
  context: AlertContext;
  /** Looks at the same message again, after the time that an event is given to arrive. */
  lookAgain: (body: string) => Promise<void>;
}

/** Shorter than the queue's visibility timeout: a message that comes again finds what its function left undone. */
const LEASE_MS = 45_000;

/**
 * Takes a message into account and tells people what has changed. A message that comes again, or whose function died
 * before every channel had the alert, changes nothing and sends only what is missing.
 */
export async function notify(body: string, { store, channels, context, lookAgain }: NotifyPorts): Promise<void> {
  const signal = readSignal(body, context.stage);
  if (signal === undefined) return;
  const { isDeferred, mine } = await store.update((known) => {
    const step = advance(known, signal);
    const now = Date.now();
    const leasedUntil = new Date(now + LEASE_MS).toISOString();
    const written = step.tellings.map((telling) => ({
      ...composeAlert(telling, step.board, context),
      deliveredTo: [],
      leasedUntil,
    }));
    const isFree = (alert: PendingAlert): boolean => Date.parse(alert.leasedUntil) <= now;
    const leftBehind = step.board.outbox.filter(isFree).map((alert) => ({ ...alert, leasedUntil }));
    const taken = [...leftBehind, ...written];
    const outbox = [...step.board.outbox.filter((alert) => !isFree(alert)), ...taken];
    const board = taken.length === 0 ? step.board : { ...step.board, outbox };
    return { board, isDeferred: step.isDeferred === true, mine: taken };
  });
  if (isDeferred) await lookAgain(JSON.stringify({ ...(JSON.parse(body) as object), isDeferred: true }));
  const failures: unknown[] = [];
  for (const alert of mine) failures.push(...(await deliver(alert, channels, store)));
  if (failures.length > 0) throw failures[0];
}

/** Sends an alert to each channel that does not have it yet. @returns what went wrong; the other channels have it */
async function deliver(alert: PendingAlert, channels: readonly Channel[], store: BoardStore): Promise<unknown[]> {
  const failures: unknown[] = [];
  const deliveredTo = [...alert.deliveredTo];
  for (const { name, send } of channels.filter((channel) => !alert.deliveredTo.includes(channel.name))) {
    try {
      await send(alert);
      deliveredTo.push(name);
    } catch (error) {
      failures.push(error);
    }
  }
  logger.info("alert", { alertId: alert.id, kind: alert.kind, subject: alert.subject, deliveredTo });
  await store.update((board) => {
    const others = board.outbox.filter(({ id }) => id !== alert.id);
    const free = { ...alert, deliveredTo, leasedUntil: new Date(0).toISOString() };
    return { board: { ...board, outbox: failures.length === 0 ? others : [...others, free] } };
  });
  return failures;
}

/** The topic of alerts: people get the text, queues the whole alert as JSON. */
export function topicChannel(sns: SNSClient, topicArn: string): Channel {
  return {
    name: "topic",
    async send({ deliveredTo: _deliveredTo, leasedUntil: _leasedUntil, ...alert }) {
      const Message = JSON.stringify({ default: alert.text, email: alert.text, sqs: JSON.stringify(alert) });
      await sns.send(
        new PublishCommand({ TopicArn: topicArn, Subject: alert.subject, MessageStructure: "json", Message }),
      );
    },
  };
}

/** Sends a message to notify's own queue, to be looked at later. */
export function lookAgainBy(sqs: SQSClient, queueUrl: string, delaySeconds: number): NotifyPorts["lookAgain"] {
  return async (body) => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, DelaySeconds: delaySeconds }));
  };
}
