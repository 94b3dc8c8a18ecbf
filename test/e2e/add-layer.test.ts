import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { RowDataPacket } from "mysql2/promise";
import type { Check } from "../../cli/doctor/check.ts";
import { runDoctor } from "../../cli/doctor/run-doctor.ts";
import { secretName } from "../../local/database-users.ts";
import { clientOptions } from "../../local/emulator/client-options.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import { generateSample } from "../../local/sample/sample.ts";
import { writeSample } from "../../local/sample/write-sample.ts";
import { CONSOLE_KEY } from "../../shared/console/console-keys.ts";
import { readSecret } from "../../shared/warehouse/connection/read-secret.ts";
import { testServices } from "../support/services.ts";
import { deployStage, type TestStage } from "../support/stack.ts";
import { StageRuns } from "../support/stage-runs.ts";

const ROW = "    - name: platinum\n";
const MODEL = `with new_contracts as (select * from {{ ref('new_contracts') }}),

final as (select tenant_type, count(*) as contracts from new_contracts group by tenant_type)

select * from final
`;
const DESCRIPTION = `version: 2
models:
  - name: contracts_by_type
    description: Contracts per kind of tenant.
    config: { meta: { primary_key: [tenant_type] } }
    columns:
      - name: tenant_type
        description: Kind of tenant.
        data_type: varchar(32)
        constraints: [{ type: not_null }]
        data_tests: [unique, not_null]
      - name: contracts
        description: Number of contracts.
        data_type: bigint
        data_tests: [not_null]
`;

/** The README's steps for a new layer, in a copy of the project. @slow */
async function addPlatinum(folder: string): Promise<void> {
  const table = join(folder, "serverless.yml");
  const text = await readFile(table, "utf8");
  await writeFile(table, text.replace(/(?<= {4}- name: gold\n {6}.*\n)/, ROW));
  const models = join(folder, "dbt/models/platinum");
  await mkdir(models);
  await writeFile(join(models, "contracts_by_type.sql"), MODEL);
  await writeFile(join(models, "contracts_by_type.yml"), DESCRIPTION);
}

async function removePlatinum(folder: string): Promise<void> {
  const table = join(folder, "serverless.yml");
  await writeFile(table, (await readFile(table, "utf8")).replace(ROW, ""));
  await rm(join(folder, "dbt/models/platinum"), { recursive: true });
}

describe("a new layer", () => {
  const client = clientOptions(testServices().emulator);
  const cloudFormation = new CloudFormationClient(client);
  const cloudWatch = new CloudWatchClient(client);
  const scheduler = new SchedulerClient(client);
  const sns = new SNSClient(client);
  const sqs = new SQSClient(client);
  let stage: TestStage;
  let runs: StageRuns;
  let dump: string;

  beforeAll(async () => {
    stage = await deployStage({ change: addPlatinum });
    runs = new StageRuns(stage);
    dump = join(testServices().folder, `${stage.status.stage}-dump`, "gghouse_20260207.sql");
    const sample = generateSample({ sizeBytes: 1e6, seed: 3, date: "2026-02-07" });
    await writeSample(sample, { file: dump, manifestFile: dump.replace(".sql", ".json") });
  }, 240_000);
  afterAll(async () => {
    runs?.close();
    await stage?.dispose();
    for (const each of [cloudFormation, cloudWatch, scheduler, sns, sqs]) each.destroy();
  }, 400_000);

  async function query<T>(sql: string): Promise<T[]> {
    const [rows] = await stage.warehouse.pool.query<(RowDataPacket & T)[]>(
      sql.replaceAll("{prefix}", stage.warehouse.prefix),
    );
    return rows;
  }
  async function page(until: (html: string) => boolean): Promise<string> {
    return runs.until("the page", async () => {
      const object = await stage.access.s3
        .send(new GetObjectCommand({ Bucket: stage.access.bucket, Key: CONSOLE_KEY }))
        .catch(() => undefined);
      const html = (await object?.Body?.transformToString()) ?? "";
      return until(html) ? html : undefined;
    });
  }
  async function alarmsOfPlatinum(): Promise<number> {
    const AlarmNamePrefix = `baton-${stage.status.stage}-platinum-`;
    return (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix }))).MetricAlarms?.length ?? 0;
  }
  /** The doctor's report on the layers of the current layer table. */
  async function doctor(): Promise<Check[]> {
    const layers = (await readLayerTable(stage.folder)).map(({ name }) => name);
    // a deployment changes the passwords of the users
    const operator = await readSecret(secretName(stage.status.stage, "operator"), stage.access.secrets);
    return runDoctor({
      ...{ ...stage.access, cloudFormation, sqs, sns, scheduler, layers },
      warehouse: { ...stage.access.warehouse, ...operator },
      ...{ checkout: stage.folder, python: undefined, now: new Date("2026-02-06T23:30:00Z"), deadline: "08:00" },
    });
  }

  it("needs one row and a model on gold: it is built, tested, published, granted, monitored and shown", async () => {
    const run = await runs.request(dump);

    for (const layer of ["staging", "silver", "gold", "platinum"]) {
      expect(await runs.untilLayer(run, layer, "completed", "failed")).toMatchObject({ state: "completed" });
    }
    const [total] = await query<{ n: string }>("SELECT SUM(contracts) AS n FROM {prefix}platinum.contracts_by_type");
    const [contracts] = await query<{ n: string }>("SELECT COUNT(*) AS n FROM {prefix}gold.new_contracts");
    expect(Number(total?.n)).toBe(Number(contracts?.n));
    expect(Number(total?.n)).toBeGreaterThan(0);
    expect(
      await query(
        "SELECT status, COUNT(*) AS n FROM {prefix}pipeline.quality_result WHERE layer = 'platinum' GROUP BY 1",
      ),
    ).toEqual([{ status: "pass", n: 3 }]);
    expect((await doctor()).filter(({ state }) => state === "failed")).toEqual([]);
    expect(await alarmsOfPlatinum()).toBeGreaterThan(5);
    expect(await page((html) => html.replaceAll("<wbr>", "").includes("contracts_by_type"))).toContain("platinum");
  }, 480_000);

  it("is removed with its row: queue and alarms are deleted, runs complete, and the doctor names the remaining schemas", async () => {
    await removePlatinum(stage.folder);
    await stage.redeploy();

    const found = await doctor();
    expect(found.filter(({ state }) => state === "failed")).toEqual([]);
    const { prefix } = stage.warehouse;
    expect(found.find(({ name }) => name === "stray schemas")).toMatchObject({
      state: "warning",
      found: ["platinum", "platinum_backup", "platinum_next"].map((name) => prefix + name).join(", "),
    });
    expect(await alarmsOfPlatinum()).toBe(0);
    await expect(
      sqs.send(new GetQueueUrlCommand({ QueueName: `baton-${stage.status.stage}-platinum` })),
    ).rejects.toThrow(/exist/);
    const again = await runs.request(dump, 1);
    for (const layer of ["staging", "silver", "gold"]) await runs.untilLayer(again, layer, "completed");
    await runs.until("the end of the run", async () => {
      const rows = await query<{ state: string }>(`SELECT state FROM {prefix}pipeline.run WHERE run_id = '${again}'`);
      return rows[0]?.state === "completed" ? true : undefined;
    });
  }, 480_000);
});
