import { followRun } from "../../../cli/run/follow-run.ts";
import { openLedger, type OpenLedger } from "../../../shared/ledger/open-ledger.ts";
import { listRuns, readStatus } from "../../../shared/ledger/reads/read-status.ts";
import { seedLedger } from "../../support/seed-ledger.ts";
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

  it("lists the runs of a state or of a day", async () => {
    expect((await listRuns(ledger.pool, 9, { state: "running" })).map(({ id }) => id)).toEqual([runId]);
    expect(await listRuns(ledger.pool, 9, { businessDate: "2026-02-05" })).toHaveLength(1);
    expect(await listRuns(ledger.pool, 3)).toHaveLength(3);
  });

  it("tells each change of a layer once, and ends when the run does", async () => {
    const first = await readStatus(ledger.pool, runId, LAYERS);
    if (first === undefined) throw new Error("the seeded run is not there");
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);

    const following = followRun(ledger.pool, first, { layers: LAYERS, stage: "local" });
    await ledger.pool.query("UPDATE layer_run SET state = 'failed' WHERE run_id = ? AND layer = 'silver'", [runId]);
    await ledger.pool.query("UPDATE run SET state = 'failed' WHERE run_id = ?", [runId]);
    const last = await following;
    write.mockRestore();

    expect(last.run.state).toBe("failed");
    const silver = lines.filter((line) => line.includes("silver"));
    expect(silver.map((line) => /silver (\w+)/.exec(line)?.[1])).toEqual(["running", "failed"]);
    expect(lines.filter((line) => line.includes("staging completed"))).toHaveLength(1);
  });

  it("ends as well when another run has taken the run's place", async () => {
    await ledger.pool.query("UPDATE run SET state = 'superseded' WHERE run_id = ?", [runId]);
    const first = await readStatus(ledger.pool, runId, LAYERS);
    if (first === undefined) throw new Error("the seeded run is not there");
    const write = jest.spyOn(process.stderr, "write").mockImplementation(() => true);

    const last = await followRun(ledger.pool, first, { layers: LAYERS, stage: "local" });
    write.mockRestore();

    expect(last.run.state).toBe("superseded");
  });
});
