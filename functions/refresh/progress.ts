import { z } from "zod";

/** How far a refresh has come; travels with the message from one look to the next. */
const progressSchema = z.object({
  startedAt: z.iso.datetime(),
  /** The ingestions that were started; the same id in every data set. */
  ingestionId: z.string(),
});
export type RefreshProgress = z.infer<typeof progressSchema>;

const bodySchema = z.looseObject({ refresh: progressSchema.optional() });

/** Reads the progress that a message carries; undefined where it is the event of the bus itself. */
export function readProgress(body: string): RefreshProgress | undefined {
  return bodySchema.parse(JSON.parse(body)).refresh;
}

/** The body of the message that looks again. */
export function withProgress(body: string, progress: RefreshProgress): string {
  return JSON.stringify({ ...bodySchema.parse(JSON.parse(body)), refresh: progress });
}

/** The event as it came from the bus: what a replay begins with. */
export function withoutProgress(body: string): string {
  const { refresh: _, ...event } = bodySchema.parse(JSON.parse(body));
  return JSON.stringify(event);
}
