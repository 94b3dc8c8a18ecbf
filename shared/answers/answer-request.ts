import { isEventOf, parseEvent } from "../../events/parse-event.ts";
import type { DetailType, EventOf } from "../../events/schemas.ts";
import { PermanentError, TransientError, type BatonError } from "../errors/errors.ts";
import { judge } from "../errors/judge.ts";
import { logger } from "../observability/observability.ts";
import type { QueueMessage } from "../runtime/message.ts";
import { AnswerStore, type WithoutProgress } from "./answer-store.ts";
import type { Answer, AnswerPlace } from "./answer.ts";

/** The end of the work on a request. */
export type AnswerEnd<Outcome> = WithoutProgress<Extract<Answer<Outcome>, { state: "ended" | "unfinished" }>>;

/** How a function answers its requests. */
export interface Answering<T extends DetailType, Outcome> {
  /** The function, which a DLQ message names instead of a layer. */
  name: string;
  type: T;
  place: (request: EventOf<T>) => AnswerPlace;
  /** Wait before a request that cannot be answered now is tried again. */
  checkSeconds: number;
  /** How long after its first delivery a request may wait after a transient error. */
  limitSeconds: number;
  /** After a call that ended without a result: the answer, or undefined to try again. */
  afterKill: BatonError | undefined;
  /** The work; an error with `isPlannedStop` continues it in the next call. */
  work: (request: EventOf<T>, store: AnswerStore<Outcome>) => Promise<Outcome>;
  /** Called after the answer is written; again after a redelivery. */
  onEnd?: (request: EventOf<T>, end: AnswerEnd<Outcome>) => Promise<void>;
}

/**
 * Answers one request of a queue with an object in the bucket. A refusal, the time limit and an error are answers too: only
 * a message that is no request goes to the DLQ. Work that cannot be done now, and the rest after a planned stop, is tried
 * again with the same message.
 *
 * @returns whether the message returns to the queue
 */
export async function answerRequest<T extends DetailType, Outcome>(
  message: QueueMessage,
  answering: Answering<T, Outcome>,
): Promise<"acknowledge" | "return"> {
  let request: EventOf<T>;
  try {
    request = readRequest(message.record.body, answering);
  } catch (error) {
    const verdict = judge(error);
    logger.error("request refused", { failure: verdict.error });
    await message.copyToDlq({ layer: answering.name, attempt: 1, error: verdict.error });
    return "acknowledge";
  }
  let returnIn: number | undefined;
  try {
    returnIn = await answer(request, message, answering);
  } catch (error) {
    // the bucket or the bus did not answer
    logger.error("the answer could not be given", { failure: judge(error).error });
    returnIn = answering.checkSeconds;
  }
  if (returnIn === undefined) return "acknowledge";
  await message.hideFor(returnIn);
  return "return";
}

function readRequest<T extends DetailType>(
  body: string,
  { name, type }: Pick<Answering<T, unknown>, "name" | "type">,
): EventOf<T> {
  const event = parseEvent(body);
  if (isEventOf(event, type)) return event;
  throw new PermanentError("EVENT_INVALID", `${name} does not process ${event["detail-type"]} events`, {
    kind: "input",
  });
}

/** @returns seconds after which the message is tried again; undefined when it is answered */
async function answer<T extends DetailType, Outcome>(
  request: EventOf<T>,
  message: QueueMessage,
  answering: Answering<T, Outcome>,
): Promise<number | undefined> {
  const store = new AnswerStore<Outcome>(answering.place(request));
  const before = await store.read();
  if (before !== undefined && isEnd(before)) {
    await answering.onEnd?.(request, before);
    return undefined;
  }
  const wasKilled = before?.state === "running" && answering.afterKill !== undefined;
  const end = wasKilled ? endOf(answering.afterKill) : await attempt(request, message, answering, store);
  if (typeof end === "number") return end;
  await store.write(end);
  await answering.onEnd?.(request, end);
  return undefined;
}

function isEnd<Outcome>(
  answer: Answer<Outcome>,
): answer is Extract<Answer<Outcome>, { state: "ended" | "unfinished" }> {
  return answer.state === "ended" || answer.state === "unfinished";
}

function endOf(error: unknown): Extract<AnswerEnd<never>, { state: "unfinished" }> {
  return { state: "unfinished", error: judge(error).error };
}

async function attempt<T extends DetailType, Outcome>(
  request: EventOf<T>,
  message: QueueMessage,
  { work, checkSeconds, limitSeconds }: Answering<T, Outcome>,
  store: AnswerStore<Outcome>,
): Promise<AnswerEnd<Outcome> | number> {
  await store.write({ state: "running" });
  try {
    return { state: "ended", outcome: await work(request, store) };
  } catch (error) {
    const failure = judge(error).error;
    const isPlannedStop = error instanceof TransientError && error.isPlannedStop;
    const isOverdue = Date.now() - message.firstReceivedAt.getTime() >= limitSeconds * 1_000;
    logger.warn("the request is not answered yet", { failure, isPlannedStop, isOverdue });
    if (!isPlannedStop && (!failure.retriable || isOverdue)) return endOf(error);
    store.add(`${isPlannedStop ? "continues" : "waits"}: ${failure.message}`);
    await store.write({ state: "waiting" });
    return isPlannedStop ? 0 : checkSeconds;
  }
}
