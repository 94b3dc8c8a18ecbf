import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilteredLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";

/** A line of a function's log. */
export interface LogLine {
  at: Date;
  message: string;
}

/** Which lines to read. */
export interface LogFilter {
  since?: Date;
  /** Filter pattern of CloudWatch Logs. */
  pattern?: string;
  /** How long CloudWatch may take to show a line: lines up to this much older than the newest one are read as well. */
  latenessMs?: number;
}

/** What was read of a log group. */
interface Read {
  /** Time of the newest line. */
  until: number;
  /** Keys of the lines that the next call reads again, with their times. */
  keys: ReadonlyMap<string, number>;
}

/** Reads the lines of log groups that were written since the last call. */
export class LogReader {
  readonly #client: CloudWatchLogsClient;
  readonly #filter: LogFilter;
  readonly #read = new Map<string, Read>();

  constructor(client: CloudWatchLogsClient, filter: LogFilter = {}) {
    this.#client = client;
    this.#filter = filter;
  }

  /** The new lines of a log group, oldest first. */
  async next(group: string): Promise<LogLine[]> {
    const { since, latenessMs = 0 } = this.#filter;
    const { until, keys }: Read = this.#read.get(group) ?? { until: since?.getTime() ?? 0, keys: new Map() };
    const start = Math.max(until - latenessMs, since?.getTime() ?? 0);
    const news = (await this.#since(group, start)).filter((event) => !keys.has(keyOf(event)));
    const newest = Math.max(until, ...news.map(({ timestamp = 0 }) => timestamp));
    const known = [...keys, ...news.map((event) => [keyOf(event), event.timestamp ?? 0] as const)];
    this.#read.set(group, { until: newest, keys: new Map(known.filter(([, at]) => at >= newest - latenessMs)) });
    return news
      .map(({ timestamp = 0, message = "" }) => ({ at: new Date(timestamp), message: message.trimEnd() }))
      .sort((a, b) => a.at.getTime() - b.at.getTime());
  }

  /** The new lines of all log groups whose names have this prefix. */
  async nextOfAll(logGroupNamePrefix: string): Promise<LogLine[]> {
    const { logGroups = [] } = await this.#client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
    const lines: LogLine[] = [];
    for (const { logGroupName = "" } of logGroups) lines.push(...(await this.next(logGroupName)));
    return lines;
  }

  async #since(logGroupName: string, startTime: number): Promise<FilteredLogEvent[]> {
    const { pattern: filterPattern } = this.#filter;
    const found: FilteredLogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new FilterLogEventsCommand({ logGroupName, startTime, nextToken, filterPattern }),
      );
      found.push(...(answer.events ?? []));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return found;
  }
}

/** The emulator's log events have no IDs. */
function keyOf({ eventId, logStreamName = "", timestamp = 0, message = "" }: FilteredLogEvent): string {
  return eventId === undefined || eventId === "" ? [logStreamName, timestamp, message].join("\n") : eventId;
}
