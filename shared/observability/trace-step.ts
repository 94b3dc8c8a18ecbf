import { tracer } from "./observability.ts";

/** A finished part of a layer's work. */
export interface FinishedStep {
  name: string;
  kind: string;
  state: string;
  durationMs?: number | undefined;
}

/** X-Ray allows letters, digits, spaces and these characters in names. @see X-Ray "Segment documents" */
const NOT_IN_NAMES = /[^\p{L}\p{N} _.:/%&#=+\-@]/gu;

/** Adds a finished table load or dbt node to the trace of the call, as a subsegment. */
export function traceStep({ name, kind, state, durationMs }: FinishedStep): void {
  const segment = durationMs === undefined ? undefined : tracer.getSegment();
  if (durationMs === undefined || segment === undefined) return;
  const step = segment.addNewSubsegment(`${kind} ${name}`.replaceAll(NOT_IN_NAMES, "_").slice(0, 200));
  step.start_time = (Date.now() - durationMs) / 1_000;
  step.addAnnotation("state", state);
  if (state === "failed") step.addErrorFlag();
  step.close();
}
