import type { RecordSteps, Step } from "../ledger/records/steps.ts";
import type { DbtLogLine, NodeProgress } from "./dbt-log.ts";

const STATES: Record<string, Step["state"]> = {
  success: "completed",
  pass: "completed",
  warn: "warned",
  skipped: "skipped",
};
const KINDS: Record<string, Step["kind"]> = { model: "model", seed: "seed", test: "test" };

/** Minimum time between two writes of steps while dbt runs. */
const INTERVAL_MS = 500;

function stepOf(node: NodeProgress): Step {
  const kind = KINDS[node.resourceType] ?? "stage";
  const { uniqueId: id } = node;
  if (node.state === "started") return { id, name: node.name, kind, state: "running" };
  return {
    id,
    name: node.name,
    kind,
    state: STATES[node.status] ?? "failed",
    durationMs: node.durationMs,
    message: node.message,
  };
}

/** Converts dbt's log to ledger steps, in few writes. */
export function stepsFromLog(record: RecordSteps, onError: (error: unknown) => void) {
  const waiting = new Map<string, Step>();
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const write = (): void => {
    timer = undefined;
    const steps = [...waiting.values()];
    waiting.clear();
    // writes run one after the other, so that an older state never replaces a newer one
    writing = writing.then(() => record(steps)).catch(onError);
  };
  return {
    take({ node }: DbtLogLine): void {
      if (node === undefined || !(node.resourceType in KINDS)) return;
      waiting.set(node.uniqueId, stepOf(node));
      timer ??= setTimeout(write, INTERVAL_MS);
    },
    /** Writes the pending steps; call it after dbt has ended. */
    async flush(): Promise<void> {
      clearTimeout(timer);
      write();
      await writing;
    },
  };
}
