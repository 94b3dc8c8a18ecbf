import { execFileSync } from "node:child_process";
import type { RowDataPacket } from "mysql2/promise";
import { runIdOf } from "../../../events/ids.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { DAY, exampleEvent, SHA256 } from "../../support/ledger/event-builders.ts";
import { LayerHarness, silverPolicy } from "../../support/ledger/layer-harness.ts";
import { testServices } from "../../support/services.ts";
import { waitFor } from "../../support/wait-for.ts";
import { loadStaging, smallBusiness } from "../dbt/small-business.ts";
import { canChroot } from "./chroot.ts";
import { LambdaSandbox } from "./lambda-sandbox.ts";

const TIMEOUT_MS = 180_000;
const A_MINUTE = { timeoutMs: 60_000 };
/** Silver's limits in the layer table. */
const LIMITS = { memoryMb: 2048, storageMb: 1024 };

/** The silver function from its image, within Lambda limits that a developer's machine does not have. @slow */
const describeWhenPossible = canChroot() ? describe : describe.skip;
describeWhenPossible("a dbt function within Lambda's limits (needs the right to make mount namespaces)", () => {
  const harness = new LayerHarness(silverPolicy);
  const runId = runIdOf(DAY, SHA256);
  let sandbox: LambdaSandbox;

  beforeAll(async () => {
    await harness.start();
    sandbox = await LambdaSandbox.make(testServices().folder, "dbt-layer");
    await loadStaging(harness.warehouse, smallBusiness);
    await harness.pretendPublished("staging", runId, DAY);
    const ledger = await openLedger(harness.warehouse.config, {});
    await ledger.pool.end();
    const target = { fingerprint: ledger.target.fingerprint, host: "127.0.0.1", schema: "staging" };
    await harness.send(exampleEvent("LayerCompleted", { layer: "staging", target }, runId));
  }, TIMEOUT_MS);
  afterAll(async () => {
    await harness.stop();
    await sandbox.dispose();
  });

  function environment(): Record<string, string> {
    const { BATON_LAYER, PRESERVE_EMPTY_TABLES, ...texts } = harness.environment;
    return {
      ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, String(value)])),
      BATON_LAYER: JSON.stringify(BATON_LAYER),
      PRESERVE_EMPTY_TABLES: PRESERVE_EMPTY_TABLES.join(","),
      // the defaults of serverless.yml
      BATON_DBT_PYTHON: "/opt/venv/bin/python",
      BATON_DBT_PROJECT: "/opt/dbt",
      BATON_DBT_THREADS: "4",
      ...testServices().emulator.env,
      AWS_LAMBDA_FUNCTION_NAME: "silver",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(LIMITS.memoryMb),
      POWERTOOLS_TRACE_ENABLED: "false",
      POWERTOOLS_LOG_LEVEL: "DEBUG",
    };
  }
  const dbtProcesses = (): string[] =>
    execFileSync("ps", ["-eo", "args"])
      .toString()
      .split("\n")
      .filter((line) => line.includes("launcher.py") && line.includes(`${harness.warehouse.prefix}`));

  it(
    "leaves no dbt process when Lambda stops it, and the next attempt completes: code and /dev/shm read-only, no HOME, no privileges",
    async () => {
      const record = await harness.receive();

      const ended = await sandbox.run(record, environment(), LIMITS);
      await waitFor("dbt to run", () => dbtProcesses().length > 0, A_MINUTE);
      ended.child.kill("SIGTERM");
      await expect(ended.answer).rejects.toThrow(/SIGTERM|143/);
      await waitFor("dbt to be gone", () => dbtProcesses().length === 0, A_MINUTE);

      const second = await sandbox.run(await harness.receive(), environment(), LIMITS);

      expect(await second.answer).toEqual({ batchItemFailures: [] });
      expect((await harness.status(runId))?.layers[0]).toMatchObject({ state: "completed", attempts: 2, error: null });
      const [rows] = await harness.warehouse.pool.query<RowDataPacket[]>(
        `SELECT COUNT(*) AS n FROM \`${harness.warehouse.prefix}silver\`.stg_tenants`,
      );
      expect(rows).toEqual([{ n: 3 }]);
      // dbt's message when it parses the project again; the image contains the parsed project
      expect(second.output()).not.toContain("UnableToPartialParse");
      const peak = await second.peakBytes();
      if (peak !== undefined) expect(peak).toBeLessThan(LIMITS.memoryMb * 1024 ** 2);
    },
    TIMEOUT_MS,
  );
});
