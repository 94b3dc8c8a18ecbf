import { colours } from "./colours.ts";
import { z } from "zod";
import type { LogLine } from "../../shared/aws/log-reader.ts";
import { terminalText } from "../../shared/text/visible-text.ts";
import { timeText } from "../../shared/time/time-text.ts";

/** A line of Baton's logger; other lines are Lambda's own. */
const entrySchema = z.looseObject({
  level: z.string(),
  message: z.string(),
  timestamp: z.iso.datetime().optional(),
  runId: z.string().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
});
type Entry = z.infer<typeof entrySchema>;

const COLOURS: Readonly<Record<string, (text: string) => string>> = {
  WARN: colours.yellow,
  ERROR: colours.red,
  DEBUG: colours.dim,
};

/** Fields that are the same in every line of a function or an attempt, or stand elsewhere in the line. */
const LEFT_OUT = new Set([
  ...["level", "message", "timestamp", "service", "layer", "error", "runId", "correlationId", "businessDate"],
  ...["cold_start", "function_arn", "function_memory_size", "function_name", "function_request_id", "sampling_rate"],
  ...["xray_trace_id"],
]);

/** Parses a line; undefined for lines of Lambda itself. Lines with metrics are no messages. */
export function parseLogLine({ message }: LogLine): Entry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}

/** True for a line in the embedded metric format. */
export function isMetric({ message }: LogLine): boolean {
  return message.startsWith("{") && message.includes('"_aws"');
}

/** A line as text: time in the source's time zone, level, message, then the fields. */
export function renderLogLine(line: LogLine): string {
  const entry = parseLogLine(line);
  const time = colours.dim(timeText(entry?.timestamp ?? line.at.toISOString()));
  if (entry === undefined) return `${time}  ${colours.dim(`LAMBDA ${terminalText(line.message)}`)}`;
  const { level, message, error } = entry;
  const fields = Object.entries(entry).filter(([name]) => !LEFT_OUT.has(name));
  const rest = fields.map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const text = [message, ...rest, ...(error === undefined ? [] : [`${error.name}: ${error.message}`])].join("  ");
  return `${time}  ${(COLOURS[level] ?? String)(level.padEnd(6))} ${terminalText(text)}`;
}
