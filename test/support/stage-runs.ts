import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { RowDataPacket } from "mysql2/promise";
import { callReplay } from "../../cli/dlq/call-replay.ts";
import { prepareDump } from "../../cli/run/prepare-dump.ts";
import { requestRun } from "../../cli/run/request-run.ts";
import { uploadDump } from "../../cli/run/upload-dump.ts";
import { runIdOf, type RunId } from "../../events/ids.ts";
import { clientOptions } from "../../local/emulator/client-options.ts";
import { LogReader } from "../../shared/aws/log-reader.ts";
import type { ReplayAnswer } from "../../shared/dead-letters/replay-api.ts";
import type { TestStage } from "./stack.ts";
import { waitFor } from "./wait-for.ts";

/** The state of one layer of a run. */
export interface LayerState extends RowDataPacket {
  layer: string;
  state: string;
  attempt: number;
  code: string | null;
  message: string | null;
}

/** Runs of a test environment: requested by event, observed in the ledger and the logs. */
export class StageRuns {
  readonly #stage: TestStage;
  readonly #logs: CloudWatchLogsClient;
  readonly #reader: LogReader;
  readonly #lines: string[] = [];

  constructor(stage: TestStage) {
    this.#stage = stage;
    this.#logs = new CloudWatchLogsClient(clientOptions(stage.status));
    this.#reader = new LogReader(this.#logs);
  }

  close(): void {
    this.#logs.destroy();
  }

  /** Requests a run of a dump. @param repeat distinguishes runs of the same dump */
  async request(dump: string, repeat = 0): Promise<RunId> {
    const { access } = this.#stage;
    const prepared = await prepareDump(dump, undefined);
    await uploadDump(prepared, { s3: access.s3, bucket: access.bucket, existing: "replace" });
    const { businessDate, manifestKey, sha256 } = prepared;
    const runId = runIdOf(businessDate, sha256, repeat);
    await requestRun(access.eventBridge, access, { businessDate, manifestKey, allowStale: true, runId });
    return runId;
  }

  async layers(runId: RunId): Promise<LayerState[]> {
    const { pool, prefix } = this.#stage.warehouse;
    const [rows] = await pool
      .query<LayerState[]>(
        `SELECT layer, state, attempt, JSON_UNQUOTE(JSON_EXTRACT(error, '$.code')) AS code,
            JSON_UNQUOTE(JSON_EXTRACT(error, '$.message')) AS message
          FROM \`${prefix}pipeline\`.layer_run WHERE run_id = ? ORDER BY started_at`,
        [runId],
      )
      // the ledger may not exist yet
      .catch((): [LayerState[]] => [[]]);
    return rows;
  }

  async untilLayer(runId: RunId, layer: string, ...states: string[]): Promise<LayerState> {
    return this.until(`${layer} ${states.join(" or ")}`, async () =>
      (await this.layers(runId)).find((row) => row.layer === layer && states.includes(row.state)),
    );
  }

  /**
   * Waits until the last layer has completed or a layer has failed.
   * @returns the state of each layer, such as `gold completed`
   */
  async untilEnd(runId: RunId, timeoutMs?: number): Promise<string[]> {
    const last = this.#stage.access.layers.at(-1);
    const look = async (): Promise<LayerState[] | undefined> => {
      const rows = await this.layers(runId);
      const isOver = rows.some(({ layer, state }) => state === "failed" || (layer === last && state === "completed"));
      return isOver ? rows : undefined;
    };
    const layers = await this.until(`the end of ${runId}`, look, timeoutMs);
    const why = ({ code, message }: LayerState): string => (code === null ? "" : `: ${code}: ${message ?? ""}`);
    return layers.map((row) => `${row.layer} ${row.state}${why(row)}`);
  }

  /** Waits until `look` finds something. @throws Error with the end of the logs after the timeout */
  async until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs?: number): Promise<T> {
    const explain = async (): Promise<string> => {
      const lines = (await this.logLines()).filter((line) => /"level":"(WARN|ERROR)"/.test(line));
      return `the last warnings: ${lines.slice(-8).join("\n")}`;
    };
    return waitFor(what, look, { explain, ...(timeoutMs !== undefined && { timeoutMs }) });
  }

  /** Everything that the environment's functions have logged. */
  async logLines(): Promise<string[]> {
    const news = await this.#reader.nextOfAll(`/aws/lambda/baton-${this.#stage.status.stage}-`);
    this.#lines.push(...news.map(({ message }) => message));
    return this.#lines;
  }

  /** Counts the lines of a layer's log that contain this text. */
  async countLogged(layer: string, text: string): Promise<number> {
    return (await this.logLines()).filter((line) => line.includes(`"layer":"${layer}"`) && line.includes(text)).length;
  }

  async dlqMessages(layer: string): Promise<ReplayAnswer["messages"]> {
    return (await callReplay(this.#replay, { action: "list", layer, withBodies: true })).messages;
  }

  async replay(layer: string): Promise<ReplayAnswer> {
    return callReplay(this.#replay, { action: "replay", layer });
  }

  get #replay() {
    const { access } = this.#stage;
    return { lambda: access.lambda, functionName: access.replayFunction, layers: access.layers };
  }
}
