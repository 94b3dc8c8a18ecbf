import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import { eventIdOf } from "../../../events/ids.ts";
import { untilTurn, type Disturbed, type Fault } from "./fault.ts";

/** A lock is held long enough for its message to be delivered more than once. */
const HELD_MS = 4_000;
const FAILOVER_MS = 5_000;

async function somewhereIn(disturbed: Disturbed): Promise<void> {
  const { stack, runId, layer, usualMs, random, say } = disturbed;
  const point = random.unit();
  await untilTurn(disturbed);
  await stack.untilLayer(runId, layer, ["running", "completed"]);
  await wait(point * usualMs * 0.7);
  say(`struck ${layer} at ${Math.round(point * 70)} % of ${Math.round(usualMs)} ms`);
}

/** The database server is stopped and restarted in the middle of a layer. */
export function databaseRestart(layer: string): Fault {
  return {
    name: `database restart during ${layer}`,
    layer,
    async strike(disturbed) {
      await somewhereIn(disturbed);
      await disturbed.stack.restartDatabase();
    },
  };
}

/** Every connection except the test's own is closed. */
export function connectionCut(layer: string): Fault {
  return {
    name: `all connections cut during ${layer}`,
    layer,
    async strike(disturbed) {
      await somewhereIn(disturbed);
      await cutConnections(disturbed);
    },
  };
}

/**
 * The writer becomes read-only and closes all connections. After some seconds a writer is available again, as in
 * Aurora.
 */
export function failover(layer: string): Fault {
  return {
    name: `failover during ${layer}`,
    layer,
    async strike(disturbed) {
      const { stack } = disturbed;
      await somewhereIn(disturbed);
      await stack.database.query("SET GLOBAL read_only = 1");
      await cutConnections(disturbed);
      await wait(FAILOVER_MS);
      await stack.database.query("SET GLOBAL read_only = 0");
    },
  };
}

async function cutConnections({ stack }: Disturbed): Promise<void> {
  const [sessions] = await stack.database.query<(RowDataPacket & { id: number })[]>(
    "SELECT id FROM information_schema.processlist WHERE user LIKE 'baton\\_%'",
  );
  // a connection may have ended by itself
  for (const { id } of sessions) await stack.database.query(`KILL ${id}`).catch(() => undefined);
}

/** Another session holds the layer's lock for a while when the layer's message arrives. */
export function lockHeld(layer: string): Fault {
  return {
    name: `lock of ${layer} held by another session`,
    layer,
    async strike(disturbed) {
      const { stack, runId } = disturbed;
      const holder = await stack.database.getConnection();
      await holder.query("SELECT GET_LOCK(?, 10)", [`baton:${layer}`]);
      await untilTurn(disturbed);
      await wait(HELD_MS);
      const begun = (await stack.layers(runId)).filter((row) => row.layer === layer);
      await holder.query("SELECT RELEASE_LOCK(?)", [`baton:${layer}`]);
      holder.release();
      if (begun.length > 0) throw new Error(`${layer} has started without its lock: ${JSON.stringify(begun)}`);
    },
  };
}

/** A reader's transaction holds metadata locks on live tables, so that the publication must wait. */
export function tableLocked(layer: string, table: string): Fault {
  return {
    name: `live table ${table} kept open by a reader`,
    layer,
    async strike(disturbed) {
      const { stack, usualMs } = disturbed;
      await untilTurn(disturbed);
      const reader = await stack.database.getConnection();
      await reader.query("START TRANSACTION");
      await reader.query(`SELECT 1 FROM ${table} LIMIT 1`);
      await wait(usualMs + 2_000);
      await reader.query("COMMIT");
      reader.release();
    },
  };
}

/**
 * The layer's last transaction deadlocks with another one. The other has changed more rows, so the server rolls back
 * the layer's.
 */
export function deadlock(layer: string): Fault {
  return {
    name: `deadlock when ${layer} is completed`,
    layer,
    leaves: ["deadlock"],
    async strike(disturbed) {
      const { stack, runId, say } = disturbed;
      await untilTurn(disturbed);
      await stack.untilLayer(runId, layer, ["running"]);
      await stack.until(`the start of ${layer} in the outbox`, 20_000, async () => {
        const [rows] = await stack.database.query<RowDataPacket[]>(
          "SELECT 1 FROM pipeline.outbox WHERE event_id = ? AND published_at IS NOT NULL",
          [eventIdOf(runId, "LayerStarted", layer)],
        );
        return rows.length > 0 ? true : undefined;
      });
      const other = await stack.database.getConnection();
      await other.query("CREATE TABLE IF NOT EXISTS pipeline.weight (n int)");
      await other.query("START TRANSACTION");
      await other.query(`INSERT INTO pipeline.weight VALUES ${Array.from({ length: 2_000 }, () => "(1)").join(", ")}`);
      // the gap where the completion event will be inserted
      await other.query("SELECT 1 FROM pipeline.outbox WHERE event_id = ? FOR UPDATE", [
        eventIdOf(runId, "LayerCompleted", layer),
      ]);
      await stack.until(`${layer} waiting for the outbox`, 60_000, async () => {
        const [rows] = await stack.database.query<RowDataPacket[]>(
          `SELECT 1 FROM information_schema.processlist
            WHERE info LIKE 'INSERT INTO outbox%' AND id <> CONNECTION_ID() AND time_ms > 50`,
        );
        return rows.length > 0 ? true : undefined;
      });
      await other.query("SELECT 1 FROM pipeline.layer_run WHERE run_id = ? AND layer = ? FOR UPDATE", [runId, layer]);
      say(`a deadlock rolled back the last transaction of ${layer}`);
      await other.query("ROLLBACK");
      await other.query("DROP TABLE pipeline.weight");
      other.release();
    },
  };
}
