import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import mysql, { type Pool, type RowDataPacket } from "mysql2/promise";
import { prepareDump, type PreparedDump } from "../../../cli/run/prepare-dump.ts";
import { requestRun, type RunRequest } from "../../../cli/run/request-run.ts";
import { uploadDump } from "../../../cli/run/upload-dump.ts";
import { accessTo } from "../../../cli/stage/local-stage.ts";
import { withClients, type ClientAccess } from "../../../cli/stage/stage-clients.ts";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import { deploy, undeploy } from "../../../local/deploy.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { readLayerTable } from "../../../local/layer-table.ts";
import { startDatabase, type DatabaseServer } from "../../../local/database-server.ts";
import type { LocalStatus } from "../../../local/local-status.ts";
import { describeStage } from "../../../local/stack.ts";
import { copyProject } from "../stack.ts";
import { testServices } from "../services.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { killFunction } from "./function-process.ts";
import { mountSmall, unmount } from "./small-folder.ts";
import { waitFor } from "../wait-for.ts";

/** The state of one layer of a run, from the ledger. */
export interface LayerRow extends RowDataPacket {
  layer: string;
  state: string;
  attempt: number;
  duration_ms: number;
}

/** The state that a run must eventually reach. */
const SETTLED = ["completed", "failed", "superseded"];

const OBSERVER = "observer";
/** Enough for dbt's files, and small enough to fill quickly. */
const TEMPORARY_MEGABYTES = 48;

async function addObserver({ host, port, user, password }: DatabaseServer): Promise<void> {
  const connection = await mysql.createConnection({ host, port, user, password });
  await connection.query(`CREATE USER '${OBSERVER}'@'127.0.0.1' IDENTIFIED BY ?`, [password]);
  await connection.query(`GRANT ALL PRIVILEGES ON *.* TO '${OBSERVER}'@'127.0.0.1'`);
  await connection.end();
}

/** Gives the functions of a copied project a separate temporary folder. */
async function useTemporary(project: string, folder: string): Promise<void> {
  const file = join(project, "serverless/functions.ts");
  const text = await readFile(file, "utf8");
  const changed = text.replace("    BATON_STAGE:", `    TMPDIR: ${JSON.stringify(folder)},\n    BATON_STAGE:`);
  if (changed === text) throw new Error(`${file} has no BATON_STAGE to put TMPDIR beside`);
  await writeFile(file, changed);
}

/** An environment with its own database server. Its functions reach AWS through a proxy that can inject faults. */
export class FaultStack {
  readonly folder: string;
  /** The functions' temporary folder: a small file system of its own, where one can be mounted. */
  readonly temporary: string;
  readonly isTemporarySmall: boolean;
  readonly status: LocalStatus;
  readonly access: ClientAccess;
  readonly proxy: FaultProxy;
  readonly database: Pool;
  readonly sqs: SQSClient;
  #server: DatabaseServer;
  readonly #repeats = new Map<string, number>();
  readonly #requests = new Map<RunId, RunRequest>();

  private constructor(
    folder: string,
    parts: { status: LocalStatus; access: ClientAccess; proxy: FaultProxy; database: DatabaseServer; isSmall: boolean },
  ) {
    this.folder = folder;
    this.temporary = join(folder, "tmp");
    this.isTemporarySmall = parts.isSmall;
    this.status = parts.status;
    this.access = parts.access;
    this.proxy = parts.proxy;
    this.#server = parts.database;
    this.database = mysql.createPool({ ...this.address, connectionLimit: 8, dateStrings: true });
    this.sqs = new SQSClient(clientOptions(parts.status));
  }

  /** The tests' connection: a different user than the functions', so that their sessions can be distinguished. */
  get address(): mysql.ConnectionOptions {
    const { host, port, password } = this.#server;
    return { host, port, user: OBSERVER, password };
  }

  /** Starts the server and the proxy, and deploys the environment. */
  static async start(): Promise<FaultStack> {
    const services = testServices();
    const folder = await mkdtemp(join(services.folder, "faults-"));
    const stage = `local-${randomBytes(4).toString("hex")}`;
    const project = join(folder, "project");
    const temporary = join(folder, "tmp");
    await Promise.all([mkdir(project), mkdir(temporary)]);
    const isSmall = await mountSmall(temporary, TEMPORARY_MEGABYTES);
    const [database, proxy] = await Promise.all([
      startDatabase({ folder: join(folder, "database"), parentPid: process.pid }),
      FaultProxy.start(services.emulator.endpoint),
      copyProject(project),
    ]);
    await Promise.all([addObserver(database), useTemporary(project, temporary)]);
    const { emulator } = services;
    const params = { awsEndpoint: proxy.endpoint, heartbeatSeconds: "1" };
    await deploy({ stage, emulator, database, params, folder: project });
    const layers = await readLayerTable(project);
    const status = await describeStage(stage, { emulator, database, layers });
    const names = layers.map(({ name }) => name);
    const access = withClients(accessTo(status, names));
    return new FaultStack(folder, { status, access, proxy, database, isSmall });
  }

  async stop(): Promise<void> {
    await this.database.end();
    for (const client of [this.access.eventBridge, this.access.s3, this.access.lambda, this.sqs]) client.destroy();
    await undeploy({
      stage: this.status.stage,
      emulator: testServices().emulator,
      database: this.#server,
      folder: join(this.folder, "project"),
    });
    await this.proxy.stop();
    await this.#server.stop();
    if (this.isTemporarySmall) await unmount(this.temporary);
    // a function that has just been killed may still create files
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20 });
  }

  /** Kills the database server and restarts it; every connection is lost. */
  async restartDatabase(): Promise<void> {
    await this.#server.stop();
    this.#server = await startDatabase({ folder: join(this.folder, "database"), parentPid: process.pid });
  }

  functionName(layer: string): string {
    return `baton-${this.status.stage}-${layer}`;
  }

  /** Runs `kill -9` on the layer's function. @returns the process IDs */
  async kill(layer: string): Promise<number[]> {
    return killFunction(this.functionName(layer));
  }

  async upload(dump: string): Promise<PreparedDump> {
    const prepared = await prepareDump(dump, undefined);
    await uploadDump(prepared, { s3: this.access.s3, bucket: this.access.bucket, existing: "replace" });
    return prepared;
  }

  /** Requests a run of a dump. Each call creates a new run. */
  async request(dump: string): Promise<RunId> {
    const prepared = await this.upload(dump);
    const repeat = this.#repeats.get(dump) ?? 0;
    this.#repeats.set(dump, repeat + 1);
    const runId = runIdOf(prepared.businessDate, prepared.sha256, repeat);
    const asked = { businessDate: prepared.businessDate, manifestKey: prepared.manifestKey, allowStale: true, runId };
    this.#requests.set(runId, asked);
    await this.requestAgain(runId);
    return runId;
  }

  /** Sends the request of a run again. */
  async requestAgain(runId: RunId): Promise<void> {
    const asked = this.#requests.get(runId);
    if (asked === undefined) throw new Error(`run ${runId} was not requested`);
    await requestRun(this.access.eventBridge, this.access, asked);
  }

  async layers(runId: string): Promise<LayerRow[]> {
    const [rows] = await this.database
      .query<LayerRow[]>(
        `SELECT layer, state, attempt, TIMESTAMPDIFF(MICROSECOND, started_at, finished_at) / 1000 AS duration_ms
          FROM pipeline.layer_run WHERE run_id = ? ORDER BY started_at`,
        [runId],
      )
      // the server may be down, or the ledger may not exist yet
      .catch((): [LayerRow[]] => [[]]);
    return rows;
  }

  /** Waits until a layer of a run reaches a state. */
  async untilLayer(runId: string, layer: string, states: readonly string[], timeoutMs = 120_000): Promise<LayerRow> {
    return this.until(`${layer} of ${runId} ${states.join(" or ")}`, timeoutMs, async () =>
      (await this.layers(runId)).find((row) => row.layer === layer && states.includes(row.state)),
    );
  }

  /**
   * Waits for the first visibility extension by the layer's function since a time (ms). If the function dies earlier,
   * its
   * message stays hidden for the queue's visibility timeout, 15 minutes.
   */
  async untilTaken(layer: string, since: number): Promise<void> {
    const queue = this.#queues(layer).url.split("/").at(-1) ?? "";
    await this.until(`${layer} hiding its message`, 120_000, () =>
      Promise.resolve(this.proxy.hasHiddenMessage(queue, since) ? true : undefined),
    );
  }

  /** Waits until a run is completed or one of its layers has failed. */
  async untilSettled(runId: string, timeoutMs = 180_000): Promise<string> {
    return this.until(`the end of run ${runId}`, timeoutMs, async () => {
      const [[run]] = await this.database
        .query<(RowDataPacket & { state: string })[]>("SELECT state FROM pipeline.run WHERE run_id = ?", [runId])
        .catch((): [(RowDataPacket & { state: string })[]] => [[]]);
      return run !== undefined && SETTLED.includes(run.state) ? run.state : undefined;
    });
  }

  /** Polls until `look` finds something. @throws Error with the last attempts in the ledger after the timeout */
  async until<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
    const explain = async (): Promise<string> => {
      const [attempts] = await this.database
        .query<RowDataPacket[]>("SELECT * FROM pipeline.attempt ORDER BY started_at DESC LIMIT 8")
        .catch((error: unknown): [RowDataPacket[]] => [[{ error: String(error) } as unknown as RowDataPacket]]);
      return `the last attempts: ${JSON.stringify(attempts, null, 1)}`;
    };
    return waitFor(what, look, { timeoutMs, everyMs: 50, explain });
  }

  #queues(layer: string): { url: string; dlqUrl: string } {
    const queues = this.status.queues[layer];
    if (queues === undefined) throw new Error(`the stage has no queue of ${layer}`);
    return queues;
  }

  /** Counts the messages in all layers' queues or in all their DLQs, including hidden messages. */
  async depth(which: "url" | "dlqUrl" = "url"): Promise<number> {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    let sum = 0;
    for (const queues of Object.values(this.status.queues)) {
      const { Attributes } = await this.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queues[which], AttributeNames: [...names] }),
      );
      for (const name of names) sum += Number(Attributes?.[name] ?? 0);
    }
    return sum;
  }

  /** Waits until the layers' queues are empty. */
  async untilQueuesEmpty(timeoutMs = 60_000): Promise<void> {
    await this.until("empty queues", timeoutMs, async () => ((await this.depth()) === 0 ? true : undefined));
  }

  /** Attributes of a layer's DLQ messages. The messages stay in the queue, hidden briefly. */
  async dlqMessages(layer: string): Promise<Record<string, string>[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queues(layer).dlqUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 1,
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages.map(({ MessageAttributes = {} }) =>
      Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue = "" }]) => [name, StringValue])),
    );
  }
}
