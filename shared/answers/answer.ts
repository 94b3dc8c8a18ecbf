import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { readText } from "../aws/read-text.ts";
import type { RecordedError } from "../errors/errors.ts";

const progress = z.array(z.string());

const answerSchema = z.discriminatedUnion("state", [
  z.object({ state: z.enum(["waiting", "running"]), progress, partial: z.unknown().optional() }),
  z.object({ state: z.literal("ended"), progress, outcome: z.unknown() }),
  z.object({ state: z.literal("unfinished"), progress, error: z.custom<RecordedError>() }),
]);

/** What a function writes about a request: while it waits or works, and at the end. */
export type Answer<Outcome> =
  /** `partial`: results that the next call of the function does not compute again. */
  | { state: "waiting" | "running"; progress: string[]; partial?: unknown }
  | { state: "ended"; progress: string[]; outcome: Outcome }
  /** A refusal, an error or the time limit. */
  | { state: "unfinished"; progress: string[]; error: RecordedError };

/** Where the answer to a request is. */
export interface AnswerPlace {
  s3: S3Client;
  bucket: string;
  key: string;
}

/** Reads the answer to a request; undefined when there is none. @param missing see `readText` */
export async function readAnswer<Outcome>(
  { s3, bucket, key }: AnswerPlace,
  missing?: "forbidden",
): Promise<Answer<Outcome> | undefined> {
  const text = await readText(s3, { Bucket: bucket, Key: key }, missing);
  // only the function can write the object, and it is deployed with the command that reads it
  return text === undefined ? undefined : (answerSchema.parse(JSON.parse(text)) as Answer<Outcome>);
}
