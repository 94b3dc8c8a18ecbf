import { z } from "zod";

/** What every log line of a function has. */
const lineSchema = z.looseObject({
  level: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]),
  message: z.string().min(1),
  timestamp: z.iso.datetime(),
  service: z.literal("baton"),
  layer: z.string().min(1),
  function_request_id: z.string().min(1),
});
/** What lines about a run have as well. */
const ofRun = z.object({
  runId: z.string().min(1),
  businessDate: z.iso.date(),
  correlationId: z.string().min(1),
});
const ofAttempt = ofRun.extend({ attempt: z.number().int().positive() });

/** Functions that are about no run, or about many. */
const OF_NO_RUN = new Set(["pulse", "sweep", "replay"]);
/** What a layer says before it has claimed the message's turn. */
const BEFORE_CLAIM =
  /^(the layer is at work elsewhere|events that an earlier function|an object is not there|a late copy|the layer is already complete|the message)/;

/**
 * What is wrong with a line of a function's log; undefined for a right one, for metrics, and for what Lambda itself writes.
 *
 * @param layers names of the layers: their lines have the attempt
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
  // one page for a batch of events, which may be of several runs: the line names the newest run instead
  if (layer === "console" && typeof parsed.data["newestRunId"] === "string") return undefined;
  // alarms are of no run
  if (layer === "notify" && "alertId" in parsed.data && !String(parsed.data["alertId"]).startsWith("layer:"))
    return undefined;
  const isOfAttempt = layers.includes(layer) && !BEFORE_CLAIM.test(message);
  const named = (isOfAttempt ? ofAttempt : ofRun).safeParse(json);
  return named.success ? undefined : `${z.prettifyError(named.error)}: ${line}`;
}
