import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Pool } from "mysql2/promise";
import { followBackfill, readBackfillRuns } from "../../../cli/run/follow-backfill.ts";
import { followRun } from "../../../cli/run/follow-run.ts";
import { ledgerSchemaOf } from "../../../shared/config/schemas-of.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { listRuns } from "../../../shared/ledger/reads/read-status.ts";
import { createPool } from "../../../shared/warehouse/connection/connect.ts";
import { seedLedger } from "../../support/ledger/seed-ledger.ts";
import { waitFor } from "../../support/wait-for.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const LAYERS = ["staging", "silver", "gold"];

describe("following runs", () => {
  const warehouse = testWarehouse();
  let ledger: OpenLedger;
  let runId: string;

  beforeAll(async () => {
    ledger = await openLedger(warehouse.config, {});
    ({ newestRunId: runId } = await seedLedger(ledger.pool, { runs: 5, newest: "running", lastDay: "2026-02-07" }));
  });
  afterAll(async () => {
    await ledger.pool.end();
    await warehouse.dispose();
  });

  it("lists the runs of a state or a date", async () => {
    expect((await listRuns(ledger.pool, 9, { state: "running" })).map(({ id }) => id)).toEqual([runId]);
    expect(await listRuns(ledger.pool, 9, { businessDate: "2026-02-05" })).toHaveLength(1);
    expect(await listRuns(ledger.pool, 3)).toHaveLength(3);
  });

  it.each([
    ["a run", async (pool: Pool) => (await followRun({ pool, runId, layers: LAYERS, stage: "local" })).run.state],
    [
      "a backfill",
      async (pool: Pool) =>
        (await followBackfill({ pool, stage: "local", runIds: [runId], before: new Map() })).get(runId),
    ],
  ])("keeps following %s while the database does not answer", async (_, follow) => {
    const { host, port } = warehouse.config;
    const sockets = new Set<Socket>();
    const proxy = createServer((client) => {
      const server = connect(port, host);
      client.pipe(server).pipe(client);
      for (const socket of [client, server]) sockets.add(socket.on("error", () => undefined));
    });
    const listen = (on: number): Promise<unknown> => once(proxy.listen(on, "127.0.0.1"), "listening");
    await listen(0);
    const { port: proxyPort } = proxy.address() as AddressInfo; // a TCP address, because it listens on a port
    const lost = { ...warehouse.config, port: proxyPort };
    const pool = createPool(lost, { schema: ledgerSchemaOf(warehouse.prefix) });
    const said = Promise.withResolvers<undefined>();
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      lines.push(String(text));
      if (String(text).includes("does not answer")) said.resolve(undefined);
      return true;
    });

    const following = follow(pool);
    proxy.close();
    for (const socket of sockets) socket.destroy();
    await said.promise;
    await listen(proxyPort);
    await ledger.pool.query("UPDATE run SET state = 'failed' WHERE run_id = ?", [runId]);
    const last = await following;
    write.mockRestore();
    await pool.end();
    proxy.close();

    expect(last).toBe("failed");
    expect(lines.join("")).toContain("the database answers again");
    await ledger.pool.query("UPDATE run SET state = 'running' WHERE run_id = ?", [runId]);
  });

  it("waits for a failed run of a backfill that is requested again, and prints a line when it ends", async () => {
    const set = async (state: string): Promise<unknown> =>
      ledger.pool.query("UPDATE run SET state = ?, finished_at = UTC_TIMESTAMP(6) WHERE run_id = ?", [state, runId]);
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
    await set("failed");
    const reads = jest.spyOn(ledger.pool, "query");
    const before = await readBackfillRuns(ledger.pool, [runId]);

    const following = followBackfill({ pool: ledger.pool, stage: "local", runIds: [runId], before });
    await waitFor("the first look", () => (reads.mock.calls.length > 1 ? true : undefined));
    await set("completed");
    const states = await following;
    write.mockRestore();
    reads.mockRestore();

    expect(states).toEqual(new Map([[runId, "completed"]]));
    expect(lines).toEqual([expect.stringMatching(/^1 of 1 date done/)]);
    await ledger.pool.query("UPDATE run SET state = 'running', finished_at = NULL WHERE run_id = ?", [runId]);
  });

  it("on Ctrl-C prints that the run continues and how to follow it, and exits with 130", async () => {
    const following = followRun({ pool: ledger.pool, runId, layers: LAYERS, stage: "prod" });
    process.emit("SIGINT", "SIGINT");

    await expect(following).rejects.toMatchObject({
      exitCode: 130,
      message: `run ${runId} continues. To follow it: ./baton --stage prod status ${runId} --watch`,
    });
  });

  it("prints each change of a layer once, and ends when the run does", async () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);

    const following = followRun({ pool: ledger.pool, runId, layers: LAYERS, stage: "local" });
    await waitFor("the first lines", () => lines.join("").includes("silver running"));
    await ledger.pool.query("UPDATE layer_run SET state = 'failed' WHERE run_id = ? AND layer = 'silver'", [runId]);
    await ledger.pool.query("UPDATE run SET state = 'failed' WHERE run_id = ?", [runId]);
    const last = await following;
    write.mockRestore();

    expect(last.run.state).toBe("failed");
    const silver = lines.filter((line) => line.includes("silver"));
    expect(silver.map((line) => /silver (\w+)/.exec(line)?.[1])).toEqual(["running", "failed"]);
    expect(lines.filter((line) => line.includes("staging completed"))).toHaveLength(1);
  });

  it("ends when another run supersedes it", async () => {
    await ledger.pool.query("UPDATE run SET state = 'superseded' WHERE run_id = ?", [runId]);
    const write = jest.spyOn(process.stderr, "write").mockImplementation(() => true);

    const last = await followRun({ pool: ledger.pool, runId, layers: LAYERS, stage: "local" });
    write.mockRestore();

    expect(last.run.state).toBe("superseded");
  });
});
