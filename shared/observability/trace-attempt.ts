import { tracer } from "./observability.ts";

/** The attempt, by the keys that traces are searched by. */
export interface TracedAttempt {
  runId: string;
  layer: string;
  attempt: number;
  businessDate: string;
}

/** Adds an attempt of a layer to the trace of the call, as a subsegment that contains its steps. */
export async function traceAttempt<T>(about: TracedAttempt, work: () => Promise<T>): Promise<T> {
  const call = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
  if (call === undefined) return work();
  const attempt = call.addNewSubsegment(`attempt ${about.attempt} of ${about.layer}`);
  for (const [key, value] of Object.entries(about)) attempt.addAnnotation(key, value as string | number);
  tracer.setSegment(attempt);
  try {
    return await work();
  } finally {
    attempt.close();
    tracer.setSegment(call);
  }
}

/** Marks the attempt in the trace as failed. Only with the code: messages may quote data. */
export function traceFailure(code: string): void {
  const segment = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
  if (segment === undefined) return;
  segment.addErrorFlag();
  segment.addAnnotation("errorCode", code);
}
