import { z } from "zod";

/** Fields of every log line of a function. */
const lineSchema = z.looseObject({
  level: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]),
  message: z.string().min(1),
  timestamp: z.iso.datetime(),
  service: z.literal("baton"),
  layer: z.string().min(1),
  function_request_id: z.string().min(1),
});
/** Additional fields of lines about a run. */
const ofRun = z.object({
  runId: z.string().min(1),
  businessDate: z.iso.date(),
  correlationId: z.string().min(1),
});
const ofAttempt = ofRun.extend({ attempt: z.number().int().positive() });

/** Functions whose work concerns no run, or several runs. */
const OF_NO_RUN = new Set(["pulse", "sweep", "replay"]);
/** Messages that a layer logs before it has claimed the message's turn. */
const BEFORE_CLAIM =
  /^(the layer is at work elsewhere|events that an earlier function|an object is not there|a late copy|the layer is already complete|another attempt of the layer is running|the message|the visibility timeout)/;

/**
 * Returns the problem with a line of a function's log; undefined for valid lines, metrics, and lines written by Lambda.
 *
 * @param layers names of the layers, whose lines must include the attempt
 */
export function problemOfLogLine(line: string, layers: readonly string[]): string | undefined {
  if (/^(START|END|REPORT|INIT_START) /.test(line) || line.includes('"_aws":')) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return `no JSON: ${line}`;
  }
  const parsed = lineSchema.safeParse(json);
  if (!parsed.success) return `${z.prettifyError(parsed.error)}: ${line}`;
  const { layer, message } = parsed.data;
  if (OF_NO_RUN.has(layer) || message === "Setting log level to DEBUG due to sampling rate") return undefined;
  // one page covers a batch of events, possibly of several runs, so the line names the newest run instead
  if (layer === "console" && typeof parsed.data["newestRunId"] === "string") return undefined;
  // alarms do not belong to a run
  if (layer === "notify" && "alertId" in parsed.data && !String(parsed.data["alertId"]).startsWith("layer:"))
    return undefined;
  const isOfAttempt = layers.includes(layer) && !BEFORE_CLAIM.test(message);
  const named = (isOfAttempt ? ofAttempt : ofRun).safeParse(json);
  return named.success ? undefined : `${z.prettifyError(named.error)}: ${line}`;
}
