import { InvokeCommand, type InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { z } from "zod";
import {
  replayAnswerSchema,
  type ReplayAnswer,
  type replayRequestSchema,
} from "../../shared/dead-letters/replay-api.ts";
import { adviceOf } from "../../shared/errors/error-codes.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { explainRefusal } from "../stage/explain-refusal.ts";
import type { ReplayAccess } from "../stage/open-replay.ts";

/** A request; fields with a default may be absent. */
export type ReplayRequestInput = z.input<typeof replayRequestSchema>;

/** The error of a failed function. @see AWS Lambda Developer Guide, "Handling errors in Node.js Lambda functions" */
const failureSchema = z.object({ errorType: z.string().optional(), errorMessage: z.string().optional() });

/**
 * Calls the replay function until all pages are done.
 *
 * @param onProgress receives the number of messages so far
 * @throws PermanentError REPLAY_FAILED, REPLAY_NOT_ALLOWED or STAGE_NOT_DEPLOYED
 */
export async function callReplay(
  access: ReplayAccess,
  request: ReplayRequestInput,
  onProgress: (messages: number) => void = () => undefined,
): Promise<ReplayAnswer> {
  const messages = new Map<string, ReplayAnswer["messages"][number]>();
  const skipped = new Map<string, ReplayAnswer["skipped"][number]>();
  let examined = 0;
  for (let after = request.after; ;) {
    const limit = request.limit === undefined ? undefined : request.limit - messages.size;
    const answer = await invoke(access, { ...request, limit, after });
    const before = messages.size;
    for (const dlqMessage of answer.messages) messages.set(dlqMessage.messageId, dlqMessage);
    for (const dlqMessage of answer.skipped) skipped.set(dlqMessage.messageId, dlqMessage);
    examined = Math.max(examined, answer.examined);
    onProgress(messages.size);
    const isLimited = request.limit !== undefined && messages.size >= request.limit;
    // a list continues after its last page; other actions repeat, except a dry run, which changes nothing
    const hasMore = request.action === "list" ? answer.next !== undefined : request.dryRun !== true;
    if (answer.isComplete || isLimited || !hasMore || messages.size === before) {
      return { ...answer, messages: [...messages.values()], skipped: [...skipped.values()], examined };
    }
    after = answer.next;
  }
}

async function invoke({ lambda, functionName }: ReplayAccess, request: ReplayRequestInput): Promise<ReplayAnswer> {
  let output: InvokeCommandOutput;
  try {
    output = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }));
  } catch (error) {
    throw explainRefusal(error, {
      subject: `function ${functionName}`,
      action: `invoke ${functionName}`,
      code: "REPLAY_NOT_ALLOWED",
      advice: "Ask for the permission lambda:InvokeFunction on that function; no other permission is needed.",
    });
  }
  const payload: unknown = JSON.parse(output.Payload?.transformToString() ?? "null");
  if (output.FunctionError === undefined) return replayAnswerSchema.parse(payload);
  const { errorType, errorMessage } = failureSchema.catch({}).parse(payload);
  throw new PermanentError(
    "REPLAY_FAILED",
    `function ${functionName} failed: ${errorMessage ?? JSON.stringify(payload)} (${errorType ?? "no type"})`,
    { kind: "aws", advice: adviceOf("REPLAY_FAILED") ?? "" },
  );
}
