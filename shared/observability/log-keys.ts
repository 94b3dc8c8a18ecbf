import { z } from "zod";

/** The part of a queue message's event that names its run. */
const bodySchema = z.object({
  detail: z.object({
    metadata: z.object({ runId: z.string().optional(), correlationId: z.string().optional() }).catch({}),
    data: z.object({ businessDate: z.string().optional() }).catch({}),
  }),
});
const batchSchema = z.object({ Records: z.array(z.object({ body: z.string() })).length(1) });

/** The keys of a log line that come from the message. */
export interface LogKeys {
  runId?: string | undefined;
  correlationId?: string | undefined;
  businessDate?: string | undefined;
}

/** Reads the run from a function's event; empty for anything but a queue message of a run. */
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
