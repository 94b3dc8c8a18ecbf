import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { logger } from "../../shared/observability/observability.ts";
import { applySignal } from "./apply-signal.ts";
import { withinLimits, type Board, type PendingAlert } from "./board.ts";
import type { BoardStore } from "./board-store.ts";
import { composeAlert, type AlertContext } from "./compose-alert.ts";
import { readSignal, type ReadOptions } from "./read-signal.ts";

/** A channel that delivers alerts to people. */
export interface Channel {
  name: string;
  send: (alert: PendingAlert) => Promise<void>;
}

/** Dependencies of notify. */
export interface NotifyPorts {
  store: BoardStore;
  channels: readonly Channel[];
  context: AlertContext;
  deferSeconds: ReadOptions["deferSeconds"];
  readEvent: ReadOptions["readEvent"];
}

/** Time for a channel that fails; all channels together must stay below the function's timeout. */
const CHANNEL_MS = 15_000;
/** Shorter than the queue's visibility timeout: the next receive of the message finds the alerts free again. */
const LEASE_MS = 45_000;

/**
 * Applies a message to the board and delivers the alerts that follow. A message that arrives again, or whose function
 * ended before every channel had the alert, changes nothing and delivers only what is missing.
 *
 * @returns `deferred` when the message must return after `deferSeconds`
 */
export async function notify(
  body: string,
  { store, channels, context, deferSeconds, readEvent }: NotifyPorts,
): Promise<"done" | "deferred"> {
  const signal = await readSignal(body, { stage: context.stage, deferSeconds, readEvent });
  if (signal === undefined) return "done";
  const { isDeferred, mine } = await store.update((known) => {
    const update = applySignal(known, signal);
    const now = Date.now();
    const leasedUntil = new Date(now + LEASE_MS).toISOString();
    const written = update.changes.map((change) => ({
      ...composeAlert(change, update.board, context),
      deliveredTo: [],
      leasedUntil,
    }));
    const isFree = (alert: PendingAlert): boolean => Date.parse(alert.leasedUntil) <= now;
    const undelivered = update.board.outbox.filter(isFree).map((alert) => ({ ...alert, leasedUntil }));
    const taken = [...undelivered, ...written];
    const outbox = [...update.board.outbox.filter((alert) => !isFree(alert)), ...taken];
    const board = taken.length === 0 && update.board === known ? known : withinLimits({ ...update.board, outbox });
    return { board, isDeferred: update.isDeferred === true, mine: taken };
  });
  const failures = await deliver(mine, channels, store);
  if (failures.length > 0) throw failures[0];
  return isDeferred ? "deferred" : "done";
}

/**
 * Sends alerts to the channels that do not have them yet: all to one channel, then all to the next, so that a channel
 * that does not answer delays no other. An alert that a channel refuses delays no other alert either.
 *
 * @returns the errors
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
        // the channel does not answer: the rest is sent on the next receive
        if (Date.now() > until) break;
      }
    }
    // saved now, so that nothing is sent twice if the function ends at the next channel
    await store.update((board) => ({ board: withDeliveries(board, deliveredTo, channels) }));
  }
  for (const { id, kind, subject } of alerts) {
    logger.info("alert sent", { alertId: id, kind, subject, deliveredTo: deliveredTo.get(id) });
  }
  // alerts that every channel has are no longer on the board
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

/** Records deliveries, and removes alerts that every channel has. */
function withDeliveries(board: Board, deliveredTo: Map<string, string[]>, channels: readonly Channel[]): Board {
  const outbox = board.outbox.flatMap((alert) => {
    const reached = deliveredTo.get(alert.id) ?? alert.deliveredTo;
    const isDone = deliveredTo.has(alert.id) && channels.every(({ name }) => reached.includes(name));
    return isDone ? [] : [{ ...alert, deliveredTo: reached }];
  });
  return { ...board, outbox };
}

/** The alerts topic: mail receives the text, queues receive the whole alert as JSON. */
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
