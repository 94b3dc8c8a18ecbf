import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import type { RowDataPacket } from "mysql2/promise";
import { runIdOf, type RunId } from "../../../events/ids.ts";
import { dbtLayer } from "../../../functions/dbt-layer/dbt-layer.ts";
import type { StepStatus } from "../../../shared/ledger/reads/read-status.ts";
import { acceptTests } from "../../../shared/ledger/records/acceptances.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { readQuality } from "../../../shared/ledger/reads/read-quality.ts";
import { readFailingRows } from "../../../shared/quality/failing-rows.ts";
import { listSessions } from "../../../shared/warehouse/connection/list-sessions.ts";
import { DAY, exampleEvent } from "../../support/ledger/event-builders.ts";
import { LayerHarness, silverPolicy } from "../../support/ledger/layer-harness.ts";
import { waitFor } from "../../support/wait-for.ts";
import { dbtFolder, python } from "../dbt/dbt-command.ts";
import { loadStaging, smallBusiness } from "../dbt/small-business.ts";

const TIMEOUT_MS = 120_000;
const silver = dbtLayer(silverPolicy);

describe("a dbt layer", () => {
  const harness = new LayerHarness(silverPolicy, {
    BATON_DBT_PYTHON: python,
    BATON_DBT_PROJECT: dbtFolder,
    BATON_DBT_THREADS: 2,
  });
  let runs = 0;
  let runId: RunId;

  beforeAll(async () => {
    await harness.start();
    await loadStaging(harness.warehouse, smallBusiness);
  });
  afterAll(() => harness.stop());
  beforeEach(async () => {
    runs += 1;
    runId = runIdOf(DAY, runs.toString(16).padStart(8, "0").repeat(8));
    await harness.pretendPublished("staging", runId, DAY);
    const target = { fingerprint: await fingerprint(), host: "127.0.0.1", schema: "staging" };
    const event = exampleEvent("LayerCompleted", { layer: "staging", target }, runId);
    await harness.send(event);
  });

  async function fingerprint(): Promise<string> {
    const ledger = await openLedger(harness.warehouse.config, {});
    await ledger.pool.end();
    return ledger.target.fingerprint;
  }
  async function query<T>(sql: string): Promise<T[]> {
    const text = sql.replaceAll("{prefix}", harness.warehouse.prefix);
    const [rows] = await harness.warehouse.pool.query<(RowDataPacket & T)[]>(text);
    return rows;
  }
  async function accept(test: string): Promise<void> {
    const ledger = await openLedger(harness.warehouse.config, {});
    const failed = (await readQuality(ledger.pool, runId)).filter((result) => result.test === test);
    const who = { acceptedBy: "mari", reason: "new codes, the seed follows" };
    await acceptTests(ledger.pool, runId, failed, who);
    await ledger.pool.end();
  }
  /** An attempt fails at a test of tenants, the data is repaired and the message is replayed. */
  async function failATest(): Promise<void> {
    await query("UPDATE {prefix}staging.tenants SET status = status + 100");
    await harness.deliver(silver);
    expect(await layer()).toMatchObject({ state: "failed", error: { code: "QUALITY_TESTS_FAILED" } });
    await query("UPDATE {prefix}staging.tenants SET status = status - 100");
    expect(await harness.replay()).toBe(1);
  }
  async function layer() {
    return (await harness.status(runId))?.layers[0];
  }
  function stepsOf(steps: readonly StepStatus[] | undefined, attempt: number): string[] {
    return (steps ?? []).filter((step) => step.attempt === attempt).map(({ name }) => name);
  }

  it(
    "builds, tests and publishes its tables and seeds as one set, and records every node",
    async () => {
      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });

      const status = await layer();
      expect(status).toMatchObject({ state: "completed", error: null });
      expect(status?.steps.filter(({ state }) => !["completed", "warned"].includes(state))).toEqual([]);
      expect(status?.steps.find(({ name }) => name === "stg_tenants")).toMatchObject({ kind: "model", rows: 3 });
      expect(status?.steps.find(({ name }) => name === "code_gender")).toMatchObject({ kind: "seed", rows: 3 });
      expect(await query("SELECT tenant_id FROM {prefix}silver.stg_tenants ORDER BY 1")).toEqual(
        [1, 2, 3].map((tenant_id) => ({ tenant_id })),
      );
      expect(await query("SELECT 1 FROM information_schema.tables WHERE table_schema = '{prefix}silver_next'")).toEqual(
        [],
      );
      const tests = await query<{ status: string; n: number }>(
        "SELECT status, COUNT(*) AS n FROM {prefix}pipeline.quality_result GROUP BY 1",
      );
      expect(tests.map(({ status: result }) => result)).not.toContain("error");
      expect(tests.find(({ status: result }) => result === "pass")?.n).toBeGreaterThan(80);
    },
    TIMEOUT_MS,
  );

  it(
    "keeps yesterday's set live when a test fails, and a replay repeats only the failed part",
    async () => {
      const before = await query("SELECT * FROM {prefix}silver.stg_tenants ORDER BY 1");
      // a code that no seed contains, on every tenant: more than 1 % is an error
      await query("UPDATE {prefix}staging.tenants SET status = status + 100");

      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });

      expect(await layer()).toMatchObject({ state: "failed", error: { code: "QUALITY_TESTS_FAILED" } });
      expect((await layer())?.error?.message).toContain("unmapped_codes");
      expect(await query("SELECT * FROM {prefix}silver.stg_tenants ORDER BY 1")).toEqual(before);
      const events = (await harness.emitted()).map((event) => event["detail-type"]);
      expect(events).toEqual(expect.arrayContaining(["LayerFailed", "QualityTestFailed"]));

      await query("UPDATE {prefix}staging.tenants SET status = status - 100");
      expect(await harness.replay()).toBe(1);
      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });

      const status = await layer();
      expect(status).toMatchObject({ state: "completed", attempts: 2 });
      expect(stepsOf(status?.steps, 2)).toContain("unique_stg_tenants_tenant_id");
      expect(stepsOf(status?.steps, 1)).toContain("unique_stg_apartments_apartment_id");
      expect(await query("SELECT * FROM {prefix}silver.stg_tenants ORDER BY 1")).toEqual(before);
    },
    TIMEOUT_MS,
  );

  it(
    "builds everything again when a table of an earlier attempt is missing",
    async () => {
      await failATest();
      await query("DROP TABLE {prefix}silver_next.stg_apartments");
      // a test that the project had at the first attempt
      await query(
        `INSERT INTO {prefix}pipeline.quality_result (run_id, layer, attempt, test_id, test, model, column_name, severity, status, recorded_at)
          VALUES ('${runId}', 'silver', 1, 'test.baton.removed', 'removed', 'm', '', 'error', 'error', NOW(6))`,
      );

      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });
      expect(await query("SELECT 1 FROM {prefix}pipeline.quality_result WHERE test = 'removed'")).toEqual([]);

      const status = await layer();
      expect(status).toMatchObject({ state: "completed", attempts: 2 });
      expect(stepsOf(status?.steps, 2)).toEqual(expect.arrayContaining(["stg_apartments", "int_contracts"]));
    },
    TIMEOUT_MS,
  );

  it(
    "publishes nothing when a table is missing after the build, and builds everything again",
    async () => {
      const before = await query("SELECT * FROM {prefix}silver.stg_apartments ORDER BY 1");
      await failATest();
      // no remaining model reads it
      await query("DROP TABLE {prefix}silver_next.tenant_status_history");
      await query(`UPDATE {prefix}pipeline.layer_run SET progress = JSON_SET(progress, '$.built', JSON_ARRAY())
        WHERE run_id = '${runId}'`);

      expect(await harness.deliver(silver)).toMatchObject({ kind: "return" });
      expect(await layer()).toMatchObject({ state: "retrying", error: { code: "BUILD_INCOMPLETE" } });
      expect((await layer())?.error?.message).toContain("silver_next lacks tenant_status_history");
      expect(await query("SELECT * FROM {prefix}silver.stg_apartments ORDER BY 1")).toEqual(before);
      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });

      expect(await layer()).toMatchObject({ state: "completed", attempts: 3 });
    },
    TIMEOUT_MS,
  );

  it(
    "shows the failing rows of a test, and publishes after a person has accepted the failure",
    async () => {
      await query("UPDATE {prefix}staging.tenants SET status = status + 100");
      await harness.deliver(silver);

      const samples = await readFailingRows(harness.warehouse.config, runId);
      const unmapped = samples.find(({ testId }) => testId.startsWith("test.baton.unmapped_codes_tenant_status."));
      expect(unmapped?.rows.map(({ tenant_status_code: code }) => Number(code) > 100)).toEqual([true, true, true]);
      expect(Object.keys(unmapped?.rows[0] ?? {})).not.toEqual(expect.arrayContaining(["full_name"]));
      expect(Object.keys(unmapped?.rows[0] ?? {})).not.toEqual(expect.arrayContaining(["birth_date"]));
      await accept("unmapped_codes_tenant_status");
      expect(await harness.replay()).toBe(1);
      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });

      expect(await layer()).toMatchObject({ state: "completed", attempts: 2 });
      expect(await query("SELECT DISTINCT tenant_status_en AS label FROM {prefix}silver.stg_tenants")).toEqual(
        expect.arrayContaining([{ label: expect.stringMatching(/^Unknown \(1\d\d\)$/) as string }]),
      );
      const [accepted] = await query<{ status: string; message: string }>(
        `SELECT status, message FROM {prefix}pipeline.quality_result
          WHERE run_id = '${runId}' AND attempt = 2 AND test = 'unmapped_codes_tenant_status'`,
      );
      expect(accepted).toMatchObject({
        status: "accepted",
        message: expect.stringMatching(/[^.]; accepted by mari: new codes/) as string,
      });
      await query("UPDATE {prefix}staging.tenants SET status = status - 100");
    },
    TIMEOUT_MS,
  );

  it(
    "names the missing column before it builds anything, and does not retry",
    async () => {
      await query("ALTER TABLE {prefix}staging.rooms RENAME COLUMN room_number TO room_no");

      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });

      expect(await layer()).toMatchObject({ state: "failed", attempts: 1, error: { retriable: false } });
      expect((await layer())?.error?.message).toContain(`${harness.warehouse.prefix}staging.rooms.room_number`);
      const [message] = await harness.dlqMessages();
      expect(message?.attributes).toMatchObject({ layer: "silver", code: "DBT_FAILED", runId });
      await query("ALTER TABLE {prefix}staging.rooms RENAME COLUMN room_no TO room_number");
    },
    TIMEOUT_MS,
  );

  it(
    "stops dbt and its queries at the deadline, and retries",
    async () => {
      const { pool, prefix } = harness.warehouse;
      // dbt cannot end before the deadline, however fast it is
      const blocker = await pool.getConnection();
      await blocker.query(`LOCK TABLES \`${prefix}staging\`.tenants WRITE`);

      const disposition = await harness.deliver(silver, { deadline: new Date(Date.now() + 2_500) });

      await blocker.query("UNLOCK TABLES");
      blocker.release();
      expect(disposition).toMatchObject({ kind: "return" });
      expect(await layer()).toMatchObject({ state: "retrying", error: { code: "DEADLINE" } });
      const running = (await listSessions(pool)).filter(({ statement }) => statement.includes(`${prefix}silver_next`));
      expect(running).toEqual([]);
      expect(await harness.deliver(silver)).toEqual({ kind: "acknowledge" });
      expect(await layer()).toMatchObject({ state: "completed", attempts: 2 });
    },
    TIMEOUT_MS,
  );

  it(
    "leaves no dbt process when the function is killed",
    async () => {
      const script = `
        import { runDbt } from "${projectRoot}/shared/dbt/run-dbt.ts";
        const [installation, invocation] = JSON.parse(process.argv[1]);
        await runDbt(installation, { ...invocation, signal: AbortSignal.timeout(60000), onLog: (line) => console.log(line.name) });`;
      const installation = { python, project: dbtFolder, threads: 1 };
      const workFolder = await mkdtemp(join(tmpdir(), "baton-orphan-"));
      const vars = {
        business_date: DAY,
        run_id: runId,
        build_layer: "silver",
        schema_prefix: harness.warehouse.prefix,
      };
      const invocation = {
        args: ["build", "--select", "tag:silver"],
        vars,
        warehouse: harness.warehouse.config,
        workFolder,
      };
      const parameters = JSON.stringify([installation, invocation]);
      const parent = spawn(process.execPath, ["--input-type=module", "-e", script, parameters]);
      await once(parent.stdout, "data");
      const dbtProcesses = () =>
        execFileSync("ps", ["-eo", "args"])
          .toString()
          .split("\n")
          .filter((line) => line.includes(workFolder) && line.includes("launcher.py"));
      expect(dbtProcesses()).toHaveLength(1);

      parent.kill("SIGKILL");

      await waitFor("dbt to be gone", () => dbtProcesses().length === 0, { timeoutMs: 15_000 });
      await rm(workFolder, { recursive: true, force: true });
    },
    TIMEOUT_MS,
  );
});
