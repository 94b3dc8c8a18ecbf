import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilteredLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";

/** Reads the log lines that functions have written since the last call. */
export class LogReader {
  readonly #client: CloudWatchLogsClient;
  readonly #prefix: string;
  /** For each log group: the time of the newest line that was read, and the keys of the lines with that time. */
  readonly #read = new Map<string, { until: number; atUntil: Set<string> }>();

  /** @param prefix prefix of the names of the log groups */
  constructor(client: CloudWatchLogsClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** The new lines of all log groups. */
  async next(): Promise<string[]> {
    const { logGroups = [] } = await this.#client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: this.#prefix }),
    );
    const lines: string[] = [];
    for (const { logGroupName } of logGroups) {
      if (logGroupName !== undefined) lines.push(...(await this.#nextOf(logGroupName)));
    }
    return lines;
  }

  async #nextOf(group: string): Promise<string[]> {
    const { until, atUntil } = this.#read.get(group) ?? { until: 0, atUntil: new Set<string>() };
    const news = (await this.#since(group, until)).filter((event) => !atUntil.has(keyOf(event)));
    const newest = Math.max(until, ...news.map(({ timestamp = 0 }) => timestamp));
    const atNewest = news.filter(({ timestamp }) => timestamp === newest).map(keyOf);
    this.#read.set(group, { until: newest, atUntil: new Set(newest === until ? [...atUntil, ...atNewest] : atNewest) });
    return news.map(({ message = "" }) => message);
  }

  async #since(logGroupName: string, startTime: number): Promise<FilteredLogEvent[]> {
    const found: FilteredLogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#client.send(new FilterLogEventsCommand({ logGroupName, startTime, nextToken }));
      found.push(...(answer.events ?? []));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return found;
  }
}

/** The emulator's log events have no IDs. */
function keyOf({ logStreamName = "", timestamp = 0, message = "" }: FilteredLogEvent): string {
  return [logStreamName, timestamp, message].join("\n");
}
