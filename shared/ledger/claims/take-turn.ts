import type { Connection, Pool } from "mysql2/promise";
import type { Detail } from "../../../events/schemas.ts";
import type { LayerPolicy } from "../../config/layer-table.ts";
import { assertNever } from "../../errors/assert-never.ts";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import type { LayerRunRow, RunRow } from "../schema/rows.ts";
import type { RunIdentity } from "./claim.ts";
import { lockTurn, mustYield, putBack, reopen, sendStartingEvent, startNext } from "./turn.ts";

/** The ledger's answer to "may this run be worked on now?" */
export type Turn =
  /** The message may claim its layer. */
  | { kind: "active" }
  /** The request is recorded, and an event starts the run when its turn comes. `restarts`: that event is sent now. */
  | { kind: "waiting"; restarts: boolean }
  /** The run ended before this message was sent, or can no longer be published. */
  | { kind: "ended"; state: RunRow["state"] };

/** What asks for a turn. */
export interface TurnRequest {
  policy: LayerPolicy;
  identity: RunIdentity;
  message: {
    /** When it was sent to the queue: after the failure of a layer it is a redrive. */
    sentAt: Date;
    /** When its event was made: a request after the end of a run starts the run again. */
    emittedAt: Date;
    /** Set by Baton's replay, unique per replay. */
    replayId: string | undefined;
  };
  /** The detail of the PipelineRequested that starts the run later; undefined for other events. */
  request: Detail<"PipelineRequested"> | undefined;
}

/**
 * Decides whether the run of a message is active, and records a new run. Runs of one business date may be active together
 * (a newer dump supersedes an older one); a run of another date waits until they end. A run whose last layer is not
 * published yet yields to an earlier date.
 *
 * @see docs/decisions/runs/050-one-business-date-is-active-at-a-time.md
 */
export async function takeTurn(pool: Pool, asked: TurnRequest): Promise<Turn> {
  return inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    const run = await findOrCreateRun(connection, asked);
    const layer = await findLayer(connection, run.run_id, asked.policy.name);
    switch (run.state) {
      case "completed":
        return { kind: "active" };
      case "running":
        if (!canYield(layer) || !(await mustYield(connection, run.run_id))) return { kind: "active" };
        await putBack(connection, run.run_id);
        return { kind: "waiting", restarts: false };
      case "waiting":
        break;
      case "failed":
      case "superseded":
      case "cancelled":
        if (!reopens(run, layer, asked.message)) return { kind: "ended", state: run.state };
        await reopen(connection, run.run_id);
        await recordReplay(connection, asked);
        break;
      default:
        return assertNever(run.state);
    }
    await startNext(connection, run.run_id);
    return answer(connection, asked);
  });
}

async function findOrCreateRun(connection: Connection, { identity, request }: TurnRequest): Promise<RunRow> {
  const requestJson = request === undefined ? null : JSON.stringify(request);
  await connection.query(
    `INSERT INTO run
        (run_id, business_date, state, requested_by, correlation_id, dump, is_forced, from_layer, request, started_at)
      VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE request = COALESCE(VALUES(request), request)`,
    [
      identity.runId,
      identity.businessDate,
      identity.requestedBy,
      identity.correlationId,
      identity.dump === undefined ? null : JSON.stringify(identity.dump),
      identity.isForced === true,
      identity.fromLayer ?? null,
      requestJson,
    ],
  );
  return findRun(connection, identity.runId);
}

async function findRun(connection: Connection, runId: string): Promise<RunRow> {
  const [[run]] = await connection.query<RunRow[]>("SELECT * FROM run WHERE run_id = ?", [runId]);
  if (run === undefined) throw new TypeError(`run ${runId} is missing in the ledger`);
  return run;
}

async function findLayer(connection: Connection, runId: string, layer: string): Promise<LayerRunRow | undefined> {
  const [[row]] = await connection.query<LayerRunRow[]>("SELECT * FROM layer_run WHERE run_id = ? AND layer = ?", [
    runId,
    layer,
  ]);
  return row;
}

/** A run yields between two layers and between two attempts. */
function canYield(layer: LayerRunRow | undefined): boolean {
  return layer === undefined || layer.state === "retrying";
}

/**
 * True when a message makes an ended run active again: a replay, a redrive of a failed layer, or a request that was made
 * after the end. A late duplicate does not.
 */
function reopens(run: RunRow, layer: LayerRunRow | undefined, message: TurnRequest["message"]): boolean {
  if (message.replayId !== undefined) return message.replayId !== layer?.replay_id;
  const since = run.state === "failed" ? message.sentAt : message.emittedAt;
  return run.finished_at !== null && since > run.finished_at;
}

/** A replay renews the budget once, also when its message is delivered twice. */
async function recordReplay(connection: Connection, { identity, policy, message }: TurnRequest): Promise<void> {
  if (message.replayId === undefined) return;
  await connection.query("UPDATE layer_run SET replay_id = ? WHERE run_id = ? AND layer = ?", [
    message.replayId,
    identity.runId,
    policy.name,
  ]);
}

async function answer(connection: Connection, { identity, policy }: TurnRequest): Promise<Turn> {
  const run = await findRun(connection, identity.runId);
  if (run.state === "waiting") return { kind: "waiting", restarts: false };
  if (run.state !== "running") return { kind: "ended", state: run.state };
  // a message of a later layer cannot start a run that begins again at its first layer
  if (policy.listensTo === undefined || (await isCompleted(connection, run.run_id, policy.listensTo))) {
    return { kind: "active" };
  }
  await sendStartingEvent(connection, run);
  return { kind: "waiting", restarts: true };
}

/** True also for a layer that the run does not have: a run may begin at a later one. */
async function isCompleted(connection: Connection, runId: string, layer: string): Promise<boolean> {
  const row = await findLayer(connection, runId, layer);
  return row === undefined || row.state === "completed";
}
