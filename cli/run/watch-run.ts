import { Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Pool } from "mysql2/promise";
import { setTimeout as wait } from "node:timers/promises";
import { PermanentError } from "../../shared/errors/errors.ts";
import { readStatus, type LayerStatus, type RunStatus } from "../../shared/ledger/reads/read-status.ts";
import { formatCount, formatDuration } from "../../shared/text/format.ts";

const POLL_MS = 500;
/** A request that no layer takes up in this time has got lost: the rule, the queue or the function is missing. */
const START_SECONDS = 120;

interface Watched {
  pool: Pool;
  runId: string;
  layers: readonly string[];
}

/**
 * Follows a run until it completes or a layer gives up, with live progress on stderr.
 *
 * @param since what stood in the ledger before the request: a failed layer counts only when it has moved on since
 * @returns the run's last status
 * @throws PermanentError RUN_NOT_STARTED when nothing takes the request up
 */
export async function watchRun(watched: Watched, since: RunStatus | undefined): Promise<RunStatus> {
  const latest: { status: RunStatus | undefined } = { status: undefined };
  let isOver = false;
  const polling = poll(watched, since, (status) => {
    latest.status = status;
  }).finally(() => {
    isOver = true;
  });
  // awaited below; until then its failure must not count as unhandled
  polling.catch(() => undefined);
  const tasks = new Listr(
    watched.layers.map((layer) => ({
      title: layer,
      task: async (_: unknown, task: { title?: string }) => {
        for (;;) {
          const status = latest.status?.layers.find(({ name }) => name === layer);
          if (status !== undefined) task.title = describe(status);
          if (status?.state === "completed") return;
          if (isOver) throw new Error(status === undefined ? layer : describe(status));
          await wait(POLL_MS / 2);
        }
      },
    })),
    {
      concurrent: false,
      exitOnError: true,
      renderer: process.stderr.isTTY ? "default" : "silent",
      fallbackRenderer: "silent",
      // stdout is for the result
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    },
  );
  // its own errors only end the display; the ledger says what happened
  await tasks.run().catch(() => undefined);
  await polling;
  if (latest.status === undefined) throw new PermanentError("RUN_UNKNOWN", `run ${watched.runId} is not in the ledger`);
  return latest.status;
}

async function poll(
  { pool, runId, layers }: Watched,
  since: RunStatus | undefined,
  onStatus: (status: RunStatus) => void,
): Promise<void> {
  const startBy = Date.now() + START_SECONDS * 1_000;
  for (;;) {
    const status = await readStatus(pool, runId, layers);
    const hasMoved = status !== undefined && JSON.stringify(status.layers) !== JSON.stringify(since?.layers);
    if (status !== undefined && hasMoved) {
      onStatus(status);
      if (["completed", "failed", "superseded"].includes(status.run.state)) return;
    } else if (Date.now() > startBy) {
      throw new PermanentError("RUN_NOT_STARTED", `no layer took up run ${runId} within ${START_SECONDS} s`, {
        kind: "aws",
        advice: "Look at the dead letters (./baton dlq list) and at the first layer's log.",
      });
    }
    await wait(POLL_MS);
  }
}

function describe(layer: LayerStatus): string {
  const done = layer.steps.filter(({ state }) => state !== "running").length;
  const running = layer.steps.filter(({ state }) => state === "running").map(({ name }) => name);
  const parts = [
    `${layer.name}: ${layer.state}`,
    layer.attempts > 1 ? `attempt ${layer.attempts}` : "",
    formatDuration(layer.durationMs),
    layer.rows === null ? "" : `${formatCount(layer.rows)} rows`,
    layer.steps.length === 0 ? "" : `${done} steps done`,
    running.slice(0, 2).join(", "),
    layer.error === null ? "" : `${layer.error.code}: ${layer.error.message.slice(0, 120)}`,
  ];
  return parts.filter((part) => part !== "").join("  ");
}
