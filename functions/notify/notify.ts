import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { logger } from "../../shared/observability/observability.ts";
import { advance } from "./advance.ts";
import type { Board, PendingAlert } from "./board.ts";
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

/** The board is one item of 400 KB at most, and an alert has some KB. @see DynamoDB Developer Guide, "Quotas" */
const MAX_OUTBOX = 50;
/** A channel that fails is left alone after so long; together they take less than the function's timeout. */
const CHANNEL_MS = 15_000;
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
    const outbox = bounded([...step.board.outbox.filter((alert) => !isFree(alert)), ...taken]);
    const board = taken.length === 0 ? step.board : { ...step.board, outbox };
    return { board, isDeferred: step.isDeferred === true, mine: taken };
  });
  if (isDeferred) await lookAgain(JSON.stringify({ ...(JSON.parse(body) as object), isDeferred: true }));
  const failures = await deliver(mine, channels, store);
  if (failures.length > 0) throw failures[0];
}

/**
 * A channel that takes nothing for weeks must not fill the board up, which would silence all: the oldest alerts that
 * another channel has are let go.
 */
function bounded(outbox: PendingAlert[]): PendingAlert[] {
  const excess = outbox.length - MAX_OUTBOX;
  if (excess <= 0) return outbox;
  const told = outbox.filter(({ deliveredTo }) => deliveredTo.length > 0);
  const dropped = new Set(told.slice(0, excess));
  logger.warn("alerts that one channel did not take are let go", { alertIds: [...dropped].map(({ id }) => id) });
  return outbox.filter((alert) => !dropped.has(alert));
}

/**
 * Sends alerts to the channels that do not have them yet: all to one channel, then all to the next, so that one that
 * hangs keeps no other waiting. An alert that a channel does not take keeps no other alert waiting, either.
 *
 * @returns what went wrong
 */
async function deliver(
  alerts: readonly PendingAlert[],
  channels: readonly Channel[],
  store: BoardStore,
): Promise<unknown[]> {
  if (alerts.length === 0) return [];
  const failures: unknown[] = [];
  const deliveredTo = new Map(alerts.map(({ id, deliveredTo: before }) => [id, [...before]]));
  for (const { name, send } of channels) {
    const waiting = alerts.filter(({ id }) => deliveredTo.get(id)?.includes(name) !== true);
    const until = Date.now() + CHANNEL_MS;
    for (const alert of waiting) {
      try {
        await send(alert);
        deliveredTo.get(alert.id)?.push(name);
      } catch (error) {
        failures.push(error);
        // it hangs: the rest goes when the message comes again
        if (Date.now() > until) break;
      }
    }
    // a function that dies at the next channel has not sent this one in vain
    await store.update((board) => ({ board: withDeliveries(board, deliveredTo, channels) }));
  }
  for (const { id, kind, subject } of alerts) {
    logger.info("alert", { alertId: id, kind, subject, deliveredTo: deliveredTo.get(id) });
  }
  // what every channel has is off the board already
  if (failures.length === 0) return failures;
  const free = new Date(0).toISOString();
  await store.update((board) => ({
    board: {
      ...board,
      outbox: board.outbox.map((alert) => (deliveredTo.has(alert.id) ? { ...alert, leasedUntil: free } : alert)),
    },
  }));
  return failures;
}

/** Notes what has been delivered; what every channel has is done with. */
function withDeliveries(board: Board, deliveredTo: Map<string, string[]>, channels: readonly Channel[]): Board {
  const outbox = board.outbox.flatMap((alert) => {
    const reached = deliveredTo.get(alert.id) ?? alert.deliveredTo;
    const isDone = deliveredTo.has(alert.id) && channels.every(({ name }) => reached.includes(name));
    return isDone ? [] : [{ ...alert, deliveredTo: reached }];
  });
  return { ...board, outbox };
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
