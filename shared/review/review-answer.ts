import { z } from "zod";
import type { RecordedError } from "../errors/errors.ts";
import type { ReviewOutcome } from "./review.ts";

const progress = z.array(z.string());

/** What the function `review` writes about a review: while it waits or runs, and at its end. */
const reviewAnswerSchema = z.discriminatedUnion("state", [
  z.object({ state: z.enum(["waiting", "running"]), progress }),
  // only the function can write the object, and it is deployed with the command that reads it
  z.object({ state: z.literal("ended"), progress, outcome: z.custom<ReviewOutcome>() }),
  z.object({ state: z.literal("unfinished"), progress, error: z.custom<RecordedError>() }),
]);
export type ReviewAnswer = z.infer<typeof reviewAnswerSchema>;

/** Reads an answer as the function wrote it. */
export function parseAnswer(text: string): ReviewAnswer {
  return reviewAnswerSchema.parse(JSON.parse(text));
}
