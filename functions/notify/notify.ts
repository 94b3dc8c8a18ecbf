import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { logger } from "../../shared/observability/observability.ts";
import { advance } from "./advance.ts";
import type { Alert } from "./board.ts";
import type { BoardStore } from "./board-store.ts";
import { composeAlert, type AlertContext } from "./compose-alert.ts";
import { readSignal } from "./read-signal.ts";

/** A way to people. */
export interface Channel {
  name: string;
  send: (alert: Alert) => Promise<void>;
}

/** What notify works with. */
export interface NotifyPorts {
  store: BoardStore;
  channels: readonly Channel[];
  context: AlertContext;
  /** Looks at the same message again, after the time that an event is given to arrive. */
  lookAgain: (body: string) => Promise<void>;
}

/**
 * Takes a message into account and tells people what has changed. A message that comes again, or whose function died
 * before every channel had the alert, changes nothing and sends only what is missing.
 */
export async function notify(body: string, { store, channels, context, lookAgain }: NotifyPorts): Promise<void> {
  const signal = readSignal(body, context.stage);
  if (signal === undefined) return;
  const { board, isDeferred, alerts } = await store.update((known) => {
    const step = advance(known, signal);
    const written = step.tellings.map((telling) => composeAlert(telling, step.board, context));
    const news = written.length === 0 ? step.board : { ...step.board, outbox: [...step.board.outbox, ...written] };
    return { board: news, isDeferred: step.isDeferred === true, alerts: written };
  });
  for (const { id, kind, subject } of alerts) logger.info("alert", { alertId: id, kind, subject });
  if (isDeferred) await lookAgain(JSON.stringify({ ...(JSON.parse(body) as object), isDeferred: true }));
  await deliver(board.outbox, channels, store);
}

async function deliver(outbox: readonly Alert[], channels: readonly Channel[], store: BoardStore): Promise<void> {
  const failures: unknown[] = [];
  for (const alert of outbox) {
    for (const { name, send } of channels.filter((channel) => !alert.deliveredTo.includes(channel.name))) {
      try {
        await send(alert);
        await markDelivered(store, alert.id, name, channels.length);
      } catch (error) {
        // the other channels shall have it all the same
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function markDelivered(store: BoardStore, id: string, channel: string, channels: number): Promise<void> {
  await store.update((board) => {
    const marked = board.outbox.map((alert) =>
      alert.id === id ? { ...alert, deliveredTo: [...new Set([...alert.deliveredTo, channel])] } : alert,
    );
    return { board: { ...board, outbox: marked.filter(({ deliveredTo }) => deliveredTo.length < channels) } };
  });
}

/** The topic of alerts: people get the text, queues the whole alert as JSON. */
export function topicChannel(sns: SNSClient, topicArn: string): Channel {
  return {
    name: "topic",
    async send({ deliveredTo: _, ...alert }) {
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
