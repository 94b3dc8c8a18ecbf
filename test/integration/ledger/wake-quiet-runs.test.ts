import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { settleOpenIntents } from "../../../shared/ledger/publication/settle-open-intents.ts";
import { wakeQuietRuns } from "../../../shared/ledger/claims/wake-quiet-runs.ts";
import { addToOutbox } from "../../../shared/ledger/claims/outbox.ts";
import { inTransaction } from "../../../shared/warehouse/connection/transaction.ts";
import { DAY, exampleEvent, RUN } from "../../support/ledger/event-builders.ts";
import { testWarehouse } from "../../support/warehouse.ts";

describe("sweeping the ledger", () => {
  const warehouse = testWarehouse();
  afterAll(() => warehouse.dispose());

  it("publishes the last event of an idle run again, once, and completes the publication of a dead attempt", async () => {
    const { pool } = await openLedger(warehouse.config, {});
    await pool.query(
      `INSERT INTO run (run_id, business_date, state, requested_by, correlation_id, started_at)
        VALUES (?, ?, 'running', 'operator', 'c', UTC_TIMESTAMP(6) - INTERVAL 2 HOUR)`,
      [RUN, DAY],
    );
    const event = exampleEvent("LayerCompleted");
    await pool.query(
      `INSERT INTO layer_run (run_id, layer, state, attempt, caused_by, started_at, claimed_at, heartbeat_at)
        SELECT run_id, ?, 'completed', 1, 'e', started_at, started_at, started_at FROM run`,
      [event.detail.data.layer],
    );
    await inTransaction(pool, (connection) => addToOutbox(connection, [event]));
    await pool.query("UPDATE outbox SET published_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR");
    await pool.query(
      `INSERT INTO publication (run_id, layer, attempt, state, plan, intended_at)
        VALUES (?, 'silver', 1, 'intended', 'null', UTC_TIMESTAMP(6) - INTERVAL 2 HOUR)`,
      [RUN],
    );

    const woken = await wakeQuietRuns(pool, 3_600);

    expect(woken).toEqual([{ runId: RUN, businessDate: DAY, wokenBy: event.detail.metadata.eventId }]);
    expect(await wakeQuietRuns(pool, 3_600)).toEqual([]);
    const ports = { pool, warehouse: warehouse.config };
    const counts = await Promise.all([settleOpenIntents(ports, 60), settleOpenIntents(ports, 60)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    await pool.end();
  });
});
