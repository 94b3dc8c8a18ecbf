import { setTimeout as wait } from "node:timers/promises";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { detailSchemas, SCHEMA_VERSION, type EventData } from "../../events/schemas.ts";
import { readAnswer, type AnswerPlace } from "../../shared/answers/answer.ts";
import { putEvent } from "../../shared/aws/put-event.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { Interrupted } from "../interrupted.ts";
import { say } from "../output/say.ts";
import { untilAborted } from "../run/read-patiently.ts";
import type { BusAccess } from "../stage/open-bus.ts";
import { StopSignals } from "../stop-signals.ts";

const POLL_MS = 1_000;
/** A request that the function does not answer within this time is lost: the rule, the queue or the function is missing. */
const START_SECONDS = 120;
/** The function ends within 15 minutes, and a killed one is called again after as many. */
const SILENCE_SECONDS = 2_100;

type RequestType = "ReviewRequested" | "MigrationRequested";

interface RemoteRequest<T extends RequestType> {
  type: T;
  /** ID of the event. */
  id: string;
  data: EventData<T>;
  /** Name of the function. */
  name: string;
  /** Of the answer in the environment's bucket. */
  key: string;
  /** What happens after Ctrl-C. */
  onInterrupt: string;
}

/**
 * Requests work from a function of an environment, shows its progress on stderr and waits for the result.
 *
 * @throws PermanentError REQUEST_NOT_ANSWERED, or the function's own error when it did not finish
 * @throws Interrupted on Ctrl-C; the function continues
 */
export async function requestAnswer<T extends RequestType, Outcome>(
  access: BusAccess,
  { type, id, data, name, key, onInterrupt }: RemoteRequest<T>,
): Promise<Outcome> {
  const { stage, bus, bucket, clientOptions } = access;
  const s3 = s3Of(access);
  const eventBridge = new EventBridgeClient(clientOptions);
  using stop = new StopSignals((signal) => new Interrupted(signal, onInterrupt));
  try {
    const detail = detailSchemas[type].parse({
      metadata: {
        ...{ eventId: id, correlationId: id, causationId: id, schemaVersion: SCHEMA_VERSION, stage },
        emittedAt: new Date().toISOString(),
      },
      data,
    });
    await putEvent({ eventBridge, bus }, { "detail-type": type, detail });
    say(`requested ${name} ${id}`);
    return await follow<Outcome>({ s3, bucket, key }, { stage, name }, stop.signal);
  } finally {
    s3.destroy();
    eventBridge.destroy();
  }
}

/** A client for the environment's bucket; the caller destroys it. */
export function s3Of({ clientOptions }: BusAccess): S3Client {
  return new S3Client({ ...clientOptions, forcePathStyle: clientOptions.endpoint !== undefined });
}

async function follow<Outcome>(
  place: AnswerPlace,
  requested: { stage: string; name: string },
  signal: AbortSignal,
): Promise<Outcome> {
  let printed = 0;
  let before = "";
  let changedAt = Date.now();
  for (;;) {
    const answer = await untilAborted(readAnswer<Outcome>(place, "forbidden"), signal);
    for (const line of answer?.progress.slice(printed) ?? []) say(line);
    printed = answer?.progress.length ?? printed;
    if (answer?.state === "ended") return answer.outcome;
    if (answer?.state === "unfinished") {
      const { code, message, advice } = answer.error;
      throw new PermanentError(code, message, { ...(advice !== undefined && { advice }) });
    }
    const now = JSON.stringify(answer);
    if (now !== before) [before, changedAt] = [now, Date.now()];
    const patience = answer === undefined ? START_SECONDS : SILENCE_SECONDS;
    if (Date.now() - changedAt > patience * 1_000) throw notAnswered(requested, patience);
    await untilAborted(wait(POLL_MS), signal);
  }
}

function notAnswered({ stage, name }: { stage: string; name: string }, seconds: number): PermanentError {
  return new PermanentError(
    "REQUEST_NOT_ANSWERED",
    `the function ${name} wrote no answer that can be read within ${seconds} s`,
    {
      kind: "aws",
      advice: `Look for DLQ messages: ${commandFor(stage, "dlq list")}. Then check rules and queues: ${commandFor(stage, "doctor")}`,
    },
  );
}
