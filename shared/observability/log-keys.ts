import { z } from "zod";

/** As much of a queue message's event as names its run; anything else is left to who parses it. */
const bodySchema = z.object({
  detail: z.object({
    metadata: z.object({ runId: z.string().optional(), correlationId: z.string().optional() }).catch({}),
    data: z.object({ businessDate: z.string().optional() }).catch({}),
  }),
});
const batchSchema = z.object({ Records: z.array(z.object({ body: z.string() })).length(1) });

/** What a log line says of the message that a function was given. */
export interface LogKeys {
  runId?: string | undefined;
  correlationId?: string | undefined;
  businessDate?: string | undefined;
}

/** Reads from a function's event which run it is about; empty for whatever is no queue message of a run. */
export function logKeysOf(event: unknown): LogKeys {
  const batch = batchSchema.safeParse(event);
  if (!batch.success) return {};
  try {
    const body = bodySchema.safeParse(JSON.parse(batch.data.Records[0]?.body ?? ""));
    if (!body.success) return {};
    const { metadata, data } = body.data.detail;
    return { ...metadata, ...data };
  } catch {
    return {};
  }
}
