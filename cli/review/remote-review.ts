import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { detailSchemas, SCHEMA_VERSION } from "../../events/schemas.ts";
import { putEvent } from "../../shared/aws/put-event.ts";
import { readText } from "../../shared/aws/read-text.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { parseAnswer, type ReviewAnswer } from "../../shared/review/review-answer.ts";
import { reviewKeys } from "../../shared/review/review-keys.ts";
import type { ReviewOutcome } from "../../shared/review/review.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { Interrupted } from "../interrupted.ts";
import { say } from "../output/say.ts";
import { untilAborted } from "../run/read-patiently.ts";
import type { BusAccess } from "../stage/open-bus.ts";
import { StopSignals } from "../stop-signals.ts";
import { packProject } from "./pack-project.ts";

const POLL_MS = 1_000;
/** A request that the function does not answer within this time is lost: the rule, the queue or the function is missing. */
const START_SECONDS = 120;
/** The function ends within 15 minutes, and a killed one is called again after as many. */
const SILENCE_SECONDS = 2_100;

/**
 * Lets the function `review` of an environment review the checkout, and shows its progress on stderr.
 *
 * @throws UsageError when the base does not exist
 * @throws PermanentError REVIEW_NOT_STARTED, or the function's own error when it did not finish
 * @throws Interrupted on Ctrl-C; the review continues
 */
export async function remoteReview(
  access: BusAccess,
  { base, select }: { base: string; select?: string | undefined },
): Promise<ReviewOutcome> {
  const { stage, bus, bucket, clientOptions } = access;
  const id = randomUUID();
  const keys = reviewKeys(id);
  const s3 = new S3Client({ ...clientOptions, forcePathStyle: clientOptions.endpoint !== undefined });
  const eventBridge = new EventBridgeClient(clientOptions);
  using stop = new StopSignals(
    (signal) => new Interrupted(signal, `the review continues; its report will be s3://${bucket}/${keys.markdown}`),
  );
  try {
    const { zip, sha256 } = await packProject(base);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: keys.project, Body: zip }));
    const detail = detailSchemas.ReviewRequested.parse({
      metadata: {
        ...{ eventId: id, correlationId: id, causationId: id, schemaVersion: SCHEMA_VERSION, stage },
        emittedAt: new Date().toISOString(),
      },
      data: {
        ...{ base, project: { key: keys.project, sha256, bytes: zip.length } },
        ...(select !== undefined && { select }),
      },
    });
    await putEvent({ eventBridge, bus }, { "detail-type": "ReviewRequested", detail });
    say(`requested review ${id}`);
    return await follow({ s3, bucket, key: keys.answer, stage }, stop.signal);
  } finally {
    s3.destroy();
    eventBridge.destroy();
  }
}

interface AnswerPlace {
  s3: S3Client;
  bucket: string;
  key: string;
  stage: string;
}

async function follow(place: AnswerPlace, signal: AbortSignal): Promise<ReviewOutcome> {
  let printed = 0;
  let before = "";
  let changedAt = Date.now();
  for (;;) {
    const answer = await untilAborted(readAnswer(place), signal);
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
    if (Date.now() - changedAt > patience * 1_000) throw notStarted(place, patience);
    await untilAborted(wait(POLL_MS), signal);
  }
}

function notStarted({ stage }: AnswerPlace, seconds: number): PermanentError {
  return new PermanentError(
    "REVIEW_NOT_STARTED",
    `the function review wrote no answer that can be read within ${seconds} s`,
    {
      kind: "aws",
      advice: `Look for DLQ messages: ${commandFor(stage, "dlq list")}. Then check rules and queues: ${commandFor(stage, "doctor")}`,
    },
  );
}

async function readAnswer({ s3, bucket, key }: AnswerPlace): Promise<ReviewAnswer | undefined> {
  const text = await readText(s3, { Bucket: bucket, Key: key }, "forbidden");
  return text === undefined ? undefined : parseAnswer(text);
}
