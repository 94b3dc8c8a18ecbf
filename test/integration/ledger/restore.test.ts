import type { RowDataPacket } from "mysql2/promise";
import { ensureSchema, planSet } from "../../../shared/warehouse/tables/publish-set.ts";
import { backupNameOf } from "../../../shared/ledger/publication/backup-names.ts";
import { claimLayer } from "../../../shared/ledger/claims/claim.ts";
import { takeLayerLock } from "../../../shared/ledger/claims/layer-lock.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { publishPlan } from "../../../shared/ledger/publication/publication.ts";
import { listBackups, restoreBackups, type RestoreChoice } from "../../../shared/ledger/publication/restore-backups.ts";
import { completeAttempt } from "../../../shared/ledger/claims/settle.ts";
import { runIdOf } from "../../../events/ids.ts";
import { DAY } from "../../support/event-builders.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const policy = { name: "gold", isLast: true, retries: 3, retryIntervalSeconds: 60, backoff: 1.5 };
const stats = { tables: 2, rows: 2, bytes: 2 };

describe("restoring backups", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;

  beforeEach(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
    for (const n of [1, 2, 3]) await publish(n);
  });
  afterEach(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  /** Publishes tables `a` and `b` with the content n, as run number n. */
  async function publish(n: number): Promise<void> {
    const live = `${warehouse.prefix}gold`;
    const schemas = { live, next: `${live}_next`, backup: `${live}_backup` };
    const runId = runIdOf(DAY, n.toString(16).padStart(8, "0").repeat(8));
    const identity = {
      runId,
      businessDate: DAY,
      requestedBy: "operator",
      correlationId: "c",
      causationId: "e",
      dump: undefined,
    };
    const connection = await ledger.pool.getConnection();
    try {
      await claimLayer(ledger.pool, policy, identity, { messageId: "m", sentAt: new Date(), replayId: undefined }, 1);
      for (const schema of Object.values(schemas)) await ensureSchema(connection, schema);
      for (const table of ["a", "b"])
        await connection.query(`CREATE TABLE ${schemas.next}.${table} AS SELECT ? AS n`, [n]);
      const takenAt = new Date(Date.UTC(2026, 1, n));
      const backupName = (table: string): string => backupNameOf(table, takenAt);
      const renames = await planSet(connection, { schemas, tables: ["a", "b"], removed: [], backupName });
      const backups = renames
        .filter(({ to }) => to.schema === schemas.backup)
        .map(({ from, to }) => ({
          schema: to.schema,
          backupTable: to.table,
          table: from.table,
          takenOn: `2026-02-0${n}`,
        }));
      const key = { runId, layer: "gold", attempt: 1 };
      const plan = {
        businessDate: DAY,
        renames,
        stats,
        publishedTables: [],
        removedTables: [],
        backups,
        upstream: undefined,
      };
      await publishPlan(connection, key, plan);
      await completeAttempt(ledger.pool, key, { stats, events: [], completesRun: true });
    } finally {
      connection.release();
    }
  }
  async function live(table: string): Promise<number | undefined> {
    const [[row]] = await warehouse.pool.query<(RowDataPacket & { n: number })[]>(
      `SELECT n FROM ${warehouse.prefix}gold.${table}`,
    );
    return row?.n;
  }
  /** The run of the live set in the ledger. */
  async function liveRun(): Promise<string | undefined> {
    const [[row]] = await ledger.pool.query<(RowDataPacket & { run_id: string })[]>("SELECT run_id FROM live_set");
    return row?.run_id;
  }
  function restore(choice: Partial<RestoreChoice>) {
    const ports = { warehouse: warehouse.config, pool: ledger.pool };
    return restoreBackups(ports, { table: undefined, layer: undefined, at: undefined, dryRun: false, ...choice });
  }

  it("restores the whole previous set of a layer, and keeps what it replaced", async () => {
    const restored = await restore({ layer: "gold" });

    expect(restored).toHaveLength(2);
    expect([await live("a"), await live("b")]).toEqual([2, 2]);
    expect(await liveRun()).toMatch(/-00000002$/);
    await restore({ layer: "gold" });
    expect([await live("a"), await live("b")]).toEqual([3, 3]);
    expect(await liveRun()).toMatch(/-00000003$/);
    await restore({ layer: "gold" });
    expect(await liveRun()).toMatch(/-00000002$/);
  });

  it("restores one table as it was at a given time", async () => {
    const oldest = (await listBackups(ledger.pool)).at(-1)?.takenAt;

    await restore({ table: "a", at: oldest });

    expect([await live("a"), await live("b")]).toEqual([1, 3]);
  });

  it("changes nothing in a dry run", async () => {
    const before = await listBackups(ledger.pool);

    expect(await restore({ layer: "gold", dryRun: true })).toHaveLength(2);

    expect([await live("a"), await live("b")]).toEqual([3, 3]);
    expect(await listBackups(ledger.pool)).toEqual(before);
  });

  it("refuses while the layer runs, and names a backup that does not exist", async () => {
    const lock = await takeLayerLock(warehouse.config, "gold", 60);
    await expect(restore({ layer: "gold" })).rejects.toMatchObject({ code: "LAYER_BUSY" });
    await lock?.release();

    await expect(restore({ table: "c" })).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
    await expect(restore({ layer: "gold", at: new Date(0) })).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
    expect(await live("a")).toBe(3);
  });

  it("continues after a restore that was killed after its RENAME", async () => {
    const live = `${warehouse.prefix}gold`;
    const [newest] = await listBackups(ledger.pool);
    const suffix = newest?.backupTable.slice(1) ?? "";
    const killedAt = new Date(Date.now() + 60_000);
    const moves = ["a", "b"].flatMap((table) => [
      `${live}.${table} TO ${live}_backup.${backupNameOf(table, killedAt)}`,
      `${live}_backup.${table}${suffix} TO ${live}.${table}`,
    ]);
    await warehouse.pool.query(`RENAME TABLE ${moves.join(", ")}`);

    await restore({ layer: "gold" });

    const [rows] = await warehouse.pool.query<(RowDataPacket & { n: number })[]>(
      `SELECT n FROM ${live}.a UNION ALL SELECT n FROM ${live}.b`,
    );
    expect(rows.map(({ n }) => n)).toEqual([3, 3]);
    const [tables] = await warehouse.pool.query<(RowDataPacket & { name: string })[]>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
      [`${live}_backup`],
    );
    const listed = (await listBackups(ledger.pool)).map(({ backupTable }) => backupTable);
    expect(listed.sort()).toEqual(tables.map(({ name }) => name));
  });
});
