import { tracer } from "./observability.ts";

/** A part of a layer's work that has ended. */
export interface FinishedStep {
  name: string;
  kind: string;
  state: string;
  durationMs?: number | undefined;
}

/** X-Ray takes letters, digits, spaces and these in names. @see X-Ray "Segment documents" */
const NOT_IN_NAMES = /[^\p{L}\p{N} _.:/%&#=+\-@]/gu;

/** Puts a finished table load or dbt node into the trace of the call, as a subsegment of its own. */
export function traceStep({ name, kind, state, durationMs }: FinishedStep): void {
  const segment = durationMs === undefined ? undefined : tracer.getSegment();
  if (durationMs === undefined || segment === undefined) return;
  const step = segment.addNewSubsegment(`${kind} ${name}`.replaceAll(NOT_IN_NAMES, "_").slice(0, 200));
  step.start_time = (Date.now() - durationMs) / 1_000;
  step.addAnnotation("state", state);
  if (state === "failed") step.addErrorFlag();
  step.close();
}
