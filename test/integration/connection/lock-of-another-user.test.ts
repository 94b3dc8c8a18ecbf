import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { dropDatabaseUsers, makeDatabaseUsers } from "../../../local/database-users.ts";
import { clientOptions } from "../../../local/emulator/client-options.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { readSecret } from "../../../shared/warehouse/connection/read-secret.ts";
import type { DatabaseUser } from "../../../shared/warehouse/users/grants.ts";
import { takeLayerLock } from "../../../shared/ledger/claims/layer-lock.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { testServices } from "../../support/services.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const LAYER = "staging";
const RUN = "2026-02-07-0000abcd";
const IDLE_SECONDS = 5;

/** A user may kill only its own sessions, and the sweep has a different user than staging. */
describe("the lock of a dead attempt", () => {
  const warehouse = testWarehouse();
  const { database, emulator } = testServices();
  const secrets = new SecretsManagerClient(clientOptions(emulator));
  const layers = parseLayerTable([{ name: "staging" }, { name: "silver" }]);
  const stage = { stage: warehouse.prefix, layers, schemaPrefix: warehouse.prefix, database, secrets };
  let arns: Record<DatabaseUser, string>;

  const configOf = async (user: DatabaseUser): Promise<WarehouseConfig> => ({
    ...warehouse.config,
    ...(await readSecret(arns[user], secrets)),
  });

  beforeAll(async () => {
    arns = await makeDatabaseUsers(stage);
  });
  afterAll(async () => {
    await dropDatabaseUsers(stage);
    secrets.destroy();
    await warehouse.dispose();
  });

  it("is released only by the layer's own user, and causes no error for others", async () => {
    const { pool } = await openLedger(await configOf("loader"), {});
    const dead = await takeLayerLock(await configOf("loader"), LAYER, IDLE_SECONDS);
    await pool.query(
      "INSERT INTO run (run_id, business_date, state, requested_by, correlation_id, started_at) VALUES (?, '2026-02-07', 'running', 'operator', 'c', UTC_TIMESTAMP(6))",
      [RUN],
    );
    await pool.query(
      `INSERT INTO layer_run (run_id, layer, state, attempt, caused_by, started_at, claimed_at, heartbeat_at)
        VALUES (?, ?, 'running', 1, 'e', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)`,
      [RUN, LAYER],
    );
    await pool.query(
      `INSERT INTO attempt (run_id, layer, attempt, state, message_id, connection_id, started_at)
        VALUES (?, ?, 1, 'running', 'm', ?, UTC_TIMESTAMP(6))`,
      [RUN, LAYER, dead?.connectionId],
    );
    await pool.end();

    expect(await takeLayerLock(await configOf("ledger"), LAYER, IDLE_SECONDS)).toBeUndefined();
    expect(await takeLayerLock(await configOf("operator"), LAYER, IDLE_SECONDS)).toBeUndefined();
    const taken = await takeLayerLock(await configOf("loader"), LAYER, IDLE_SECONDS);
    expect(taken).toBeDefined();

    await taken?.release();
    await dead?.release();
  });
});
