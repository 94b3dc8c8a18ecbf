import { InvokeCommand, type InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { z } from "zod";
import {
  replayAnswerSchema,
  type ReplayAnswer,
  type replayRequestSchema,
} from "../../shared/dead-letters/replay-api.ts";
import { adviceOf } from "../../shared/errors/error-codes.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { ReplayAccess } from "../stage/open-replay.ts";

/** A request; fields with a default may be absent. */
export type ReplayQuestion = z.input<typeof replayRequestSchema>;

/** The error of a failed function. @see AWS Lambda Developer Guide, "Handling errors in Node.js Lambda functions" */
const failureSchema = z.object({ errorType: z.string().optional(), errorMessage: z.string().optional() });

/**
 * Calls the replay function until all pages are done.
 *
 * @param onProgress receives the number of messages so far
 * @throws PermanentError REPLAY_FAILED, REPLAY_NOT_ALLOWED or STAGE_NOT_DEPLOYED
 */
export async function askReplay(
  access: ReplayAccess,
  question: ReplayQuestion,
  onProgress: (messages: number) => void = () => undefined,
): Promise<ReplayAnswer> {
  const messages = new Map<string, ReplayAnswer["messages"][number]>();
  const skipped = new Map<string, ReplayAnswer["skipped"][number]>();
  let examined = 0;
  for (let after = question.after; ;) {
    const limit = question.limit === undefined ? undefined : question.limit - messages.size;
    const answer = await invoke(access, { ...question, limit, after });
    const before = messages.size;
    for (const dlqMessage of answer.messages) messages.set(dlqMessage.messageId, dlqMessage);
    for (const dlqMessage of answer.skipped) skipped.set(dlqMessage.messageId, dlqMessage);
    examined = Math.max(examined, answer.examined);
    onProgress(messages.size);
    const isLimited = question.limit !== undefined && messages.size >= question.limit;
    // a list continues after its last page; other actions repeat, except a dry run, which changes nothing
    const goesOn = question.action === "list" ? answer.next !== undefined : question.dryRun !== true;
    if (answer.isComplete || isLimited || !goesOn || messages.size === before) {
      return { ...answer, messages: [...messages.values()], skipped: [...skipped.values()], examined };
    }
    after = answer.next;
  }
}

async function invoke({ lambda, functionName }: ReplayAccess, question: ReplayQuestion): Promise<ReplayAnswer> {
  let output: InvokeCommandOutput;
  try {
    output = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(question) }));
  } catch (error) {
    throw notInvoked(functionName, error);
  }
  const payload: unknown = JSON.parse(output.Payload?.transformToString() ?? "null");
  if (output.FunctionError === undefined) return replayAnswerSchema.parse(payload);
  const { errorType, errorMessage } = failureSchema.catch({}).parse(payload);
  throw new PermanentError(
    "REPLAY_FAILED",
    `function ${functionName} has failed: ${errorMessage ?? JSON.stringify(payload)} (${errorType ?? "no type"})`,
    { kind: "aws", advice: adviceOf("REPLAY_FAILED") ?? "" },
  );
}

function notInvoked(functionName: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "ResourceNotFoundException") {
    return new PermanentError("STAGE_NOT_DEPLOYED", `there is no function ${functionName}`, {
      kind: "target",
      cause: error,
      advice: "Is --stage right, and the stage deployed? deploy/deploy STAGE",
    });
  }
  if (error.name === "AccessDeniedException") {
    return new PermanentError("REPLAY_NOT_ALLOWED", `AWS does not let you invoke ${functionName}: ${error.message}`, {
      kind: "aws",
      cause: error,
      advice: "Ask for the right lambda:InvokeFunction on that function; no other is needed.",
    });
  }
  return error;
}
