import type { RowDataPacket } from "mysql2/promise";
import { runIdOf } from "../../../events/ids.ts";
import { takeLayerLock } from "../../../shared/ledger/claims/layer-lock.ts";
import { completeAttempt } from "../../../shared/ledger/claims/settle.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { cleanUpBackups } from "../../../shared/ledger/publication/clean-up-backups.ts";
import { planTableSet, type SetMember } from "../../../shared/ledger/publication/plan-table-set.ts";
import { publishPlan } from "../../../shared/ledger/publication/publication.ts";
import { restoreBackups, type RestoreChoice } from "../../../shared/ledger/publication/restore-backups.ts";
import { settleOpenIntents } from "../../../shared/ledger/publication/settle-open-intents.ts";
import { listBackups } from "../../../shared/ledger/reads/read-backups.ts";
import { logger } from "../../../shared/observability/observability.ts";
import { ensureSchema, listRelations } from "../../../shared/warehouse/tables/publish-set.ts";
import { DAY, dump } from "../../support/ledger/event-builders.ts";
import { claimFor } from "../../support/ledger/claim-for.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";

const policy = { name: "gold", isLast: true, retries: 3, retryIntervalSeconds: 60, backoff: 1.5 };
const stats = { tables: 2, rows: 2, bytes: 2 };
const LONG = "m".repeat(64);

describe("restoring backups", () => {
  let warehouse: TestWarehouse;
  let ledger: OpenLedger;
  let gold: string;

  beforeEach(async () => {
    warehouse = testWarehouse();
    ledger = await openLedger(warehouse.config, {});
    gold = `${warehouse.prefix}gold`;
  });
  afterEach(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  /** Publishes these tables with content n, as run number n; `views` are views of the tables that they name. */
  async function publish(n: number, tables = ["a", "b"], views: Readonly<Record<string, string>> = {}): Promise<void> {
    const runId = runIdOf(DAY, n.toString(16).padStart(8, "0").repeat(8));
    const identity = { runId, businessDate: DAY, requestedBy: "operator", correlationId: "c", causationId: "e", dump };
    const connection = await ledger.pool.getConnection();
    try {
      await claimFor(ledger.pool, policy, identity);
      await ensureSchema(connection, `${gold}_next`);
      for (const table of tables) await connection.query(`CREATE TABLE ${gold}_next.${table} AS SELECT ? AS n`, [n]);
      const members: SetMember[] = [
        ...tables.map((name) => ({ schema: gold, name, from: { schema: `${gold}_next`, table: name } })),
        ...Object.entries(views).map(([name, of]) => ({ schema: gold, name, select: `SELECT n FROM ${gold}.${of}` })),
      ];
      const changes = await planTableSet({ connection, pool: ledger.pool }, { schemas: [gold], members });
      const key = { runId, layer: "gold", attempt: 1 };
      await publishPlan(connection, key, { ...changes, businessDate: DAY, upstream: undefined });
      await completeAttempt(ledger.pool, key, { stats, events: [], completesRun: true });
    } finally {
      connection.release();
    }
  }
  async function cleanUp(): Promise<void> {
    await cleanUpBackups({ warehouse: warehouse.config, ledger, logger }, "gold");
  }
  async function query<T>(sql: string): Promise<(RowDataPacket & T)[]> {
    const [rows] = await ledger.pool.query<(RowDataPacket & T)[]>(sql);
    return rows;
  }
  /** Everything that readers can see: the content of each live table and view, by name. */
  async function live(): Promise<Record<string, number | undefined>> {
    const connection = await warehouse.pool.getConnection();
    const names = [...(await listRelations(connection, gold)).keys()];
    connection.release();
    return Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, (await query<{ n: number }>(`SELECT n FROM ${gold}.${name}`))[0]?.n] as const),
      ),
    );
  }
  /** The ledger's record of the live run and the live tables. */
  async function recorded(): Promise<{ run: string | undefined; tables: string[] }> {
    const [set] = await query<{ run_id: string }>("SELECT run_id FROM live_set");
    const tables = await query<{ name: string }>("SELECT table_name AS name FROM live_table ORDER BY 1");
    return { run: set?.run_id.slice(-1), tables: tables.map(({ name }) => name) };
  }
  function restore(choice: Partial<RestoreChoice>) {
    const ports = { warehouse: warehouse.config, ledger, stage: "local" };
    return restoreBackups(ports, { table: undefined, layer: undefined, at: undefined, dryRun: false, ...choice });
  }

  it("restores the previous set of a layer, keeps the replaced set and sends an event", async () => {
    for (const n of [1, 2, 3]) await publish(n);

    const restored = await restore({ layer: "gold" });

    expect(restored).toHaveLength(2);
    expect(await live()).toEqual({ a: 2, b: 2 });
    expect(await recorded()).toEqual({ run: "2", tables: ["a", "b"] });
    const events = await query<{ detail_type: string; run_id: string }>("SELECT detail_type, run_id FROM outbox");
    expect(events).toMatchObject([{ detail_type: "LayerRestored", run_id: expect.stringMatching(/2$/) as string }]);
    await restore({ layer: "gold" });
    expect([await live(), (await recorded()).run]).toEqual([{ a: 3, b: 3 }, "3"]);
    await restore({ layer: "gold" });
    expect((await recorded()).run).toBe("2");
  });

  it("moves a live table that the set does not have to the backup, and restores a removed one", async () => {
    await publish(1, ["a", "old"]);
    await publish(2, ["a", "new"]);

    await restore({ layer: "gold" });

    expect(await live()).toEqual({ a: 1, old: 1 });
    expect(await recorded()).toEqual({ run: "1", tables: ["a", "old"] });
    await restore({ layer: "gold" });
    expect(await live()).toEqual({ a: 2, new: 2 });
  });

  it("restores the day's first set after publications with other tables and clean-ups", async () => {
    await publish(1, ["a", "b", "c"]);
    await publish(2, ["a", "b", "c"]);
    await cleanUp();
    await publish(3, ["a", "b"]);
    await cleanUp();

    await restore({ layer: "gold" });

    expect(await live()).toEqual({ a: 1, b: 1, c: 1 });
    expect(await recorded()).toEqual({ run: "1", tables: ["a", "b", "c"] });
  });

  it("refuses a set that lacks a table, with its name, and changes nothing", async () => {
    for (const n of [1, 2]) await publish(n);
    const lost = (await listBackups(ledger.pool)).find(({ table }) => table === "b")?.backupTable ?? "";
    await warehouse.pool.query(`DROP TABLE ${gold}_backup.${lost}`);

    await expect(restore({ layer: "gold" })).rejects.toMatchObject({
      code: "BACKUP_INCOMPLETE",
      message: expect.stringContaining(`${gold}_backup.${lost}`) as string,
    });

    expect([await live(), (await recorded()).run]).toEqual([{ a: 2, b: 2 }, "2"]);
  });

  it("restores one table as of a given time, and keeps its set complete", async () => {
    for (const n of [1, 2, 3]) await publish(n);
    const oldest = (await listBackups(ledger.pool)).at(-1)?.takenAt;

    await restore({ table: "a", at: oldest });

    expect([await live(), (await recorded()).run]).toEqual([{ a: 1, b: 3 }, "3"]);
    await restore({ layer: "gold", at: oldest });
    expect(await live()).toEqual({ a: 1, b: 1 });
    await restore({ layer: "gold" });
    expect(await live()).toEqual({ a: 1, b: 3 });
  });

  it("restores views with their tables, even if a table has taken a view's name", async () => {
    await publish(1, ["a", "b"], { v: "a", of_v: "v" });
    await publish(2, ["a", "v"], { b: "a" });
    expect(await live()).toEqual({ a: 2, b: 2, v: 2 });

    await restore({ layer: "gold" });

    expect(await live()).toEqual({ a: 1, b: 1, of_v: 1, v: 1 });
    await restore({ layer: "gold" });
    expect(await live()).toEqual({ a: 2, b: 2, v: 2 });
  });

  it("works for a table name of MySQL's maximum length", async () => {
    const other = `${LONG.slice(1)}n`;
    for (const n of [1, 2, 3]) await publish(n, [LONG, other]);

    await restore({ layer: "gold" });

    expect(await live()).toEqual({ [LONG]: 2, [other]: 2 });
    await restore({ table: LONG });
    expect(await live()).toEqual({ [LONG]: 3, [other]: 2 });
  });

  it("changes nothing in a dry run", async () => {
    for (const n of [1, 2]) await publish(n);
    const before = await listBackups(ledger.pool);

    expect(await restore({ layer: "gold", dryRun: true })).toHaveLength(2);
    expect(await restore({ table: "a", dryRun: true })).toHaveLength(1);

    expect(await live()).toEqual({ a: 2, b: 2 });
    expect(await listBackups(ledger.pool)).toEqual(before);
  });

  it("refuses while the layer runs, and names a backup that does not exist", async () => {
    for (const n of [1, 2]) await publish(n);
    const lock = await takeLayerLock(warehouse.config, "gold", 60);
    await expect(restore({ layer: "gold" })).rejects.toMatchObject({ code: "LAYER_BUSY" });
    await lock?.release();

    await expect(restore({ table: "c" })).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
    await expect(restore({ layer: "gold", at: new Date(0) })).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
    expect(await live()).toEqual({ a: 2, b: 2 });
  });

  it("is completed by the sweep or the next restore when it ended between its RENAME and its record", async () => {
    await publish(1, ["a", "b"], { v: "a" });
    await publish(2, ["a", "b"], { v: "b", w: "b" });
    await publish(3, ["a", "b", "w"], { v: "a" });
    const refuse = "FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the server went away'";
    await ledger.pool.query(`CREATE TRIGGER no_record BEFORE UPDATE ON publication ${refuse}`);
    await expect(restore({ layer: "gold" })).rejects.toThrow("the server went away");
    await ledger.pool.query("DROP TRIGGER no_record");
    // the views that the restored set has, as if the process had died before it created them
    await ledger.pool.query(`DROP VIEW ${gold}.v, ${gold}.w`);

    const settled = await settleOpenIntents({ pool: ledger.pool, warehouse: warehouse.config }, 0);

    expect([settled, await live(), (await recorded()).run]).toEqual([1, { a: 2, b: 2, v: 2, w: 2 }, "2"]);
    await restore({ layer: "gold" });
    expect([await live(), (await recorded()).run]).toEqual([{ a: 3, b: 3, v: 3, w: 3 }, "3"]);
    const connection = await warehouse.pool.getConnection();
    const tables = [...(await listRelations(connection, `${gold}_backup`)).keys()];
    connection.release();
    const listed = (await listBackups(ledger.pool)).filter(({ viewSelect }) => viewSelect === undefined);
    expect(listed.map(({ backupTable }) => backupTable).sort()).toEqual(tables);
  });
});
