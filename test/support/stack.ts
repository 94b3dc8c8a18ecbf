import { randomBytes } from "node:crypto";
import { cp, mkdtemp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { accessTo } from "../../cli/stage/local-stage.ts";
import { withClients, type ClientAccess } from "../../cli/stage/stage-clients.ts";
import { deploy, undeploy } from "../../local/deploy.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import type { LocalStatus } from "../../local/local-status.ts";
import { projectRoot } from "../../shared/config/checkout.ts";
import { describeStage } from "../../local/stack.ts";
import { testServices } from "./services.ts";
import { testWarehouse, type TestWarehouse } from "./warehouse.ts";

/** A separate environment for one test on the shared emulator, with its own schemas on the shared server. */
export interface TestStage {
  status: LocalStatus;
  /** The context of the operator's command. */
  access: ClientAccess;
  warehouse: TestWarehouse;
  /** The deployed copy of the project. */
  folder: string;
  /** Deploys again, after a change in the folder. */
  redeploy(): Promise<void>;
  /** Removes the environment and its schemas; for `afterAll`. */
  dispose(): Promise<void>;
}

/** Differences from the unchanged project. */
export interface StageOptions {
  /** Parameters of serverless.yml. */
  params?: Readonly<Record<string, string>>;
  /** Changes the copy of the project before it is deployed, for example to add a layer or replace handlers. */
  change?: (folder: string) => Promise<void>;
}

/** The files that a deployment consists of. A test may want to change them. */
const COPIED = ["functions", "shared", "events", "dbt", "serverless", "serverless.yml", "package.json"];

/** Copies the files of a deployment into an empty folder. */
export async function copyProject(folder: string): Promise<void> {
  for (const name of COPIED) await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}

/** Deploys a separate environment with `serverless deploy`, from a copy of the project. Takes some seconds. */
export async function deployStage({ params = {}, change }: StageOptions = {}): Promise<TestStage> {
  const services = testServices();
  const { emulator, database } = services;
  const stage = `local-${randomBytes(4).toString("hex")}`;
  const warehouse = testWarehouse();
  const folder = await mkdtemp(join(services.folder, `${stage}-`));
  await copyProject(folder);
  await change?.(folder);
  const redeploy = (): Promise<void> =>
    deploy({ stage, emulator, database, schemaPrefix: warehouse.prefix, params, folder });
  await redeploy();
  const layers = await readLayerTable(folder);
  const status = await describeStage(stage, { emulator, database, layers });
  const names = layers.map(({ name }) => name);
  const access = withClients(accessTo(status, names, warehouse.prefix));
  return {
    status,
    access,
    warehouse,
    folder,
    redeploy,
    async dispose() {
      for (const client of [access.eventBridge, access.s3, access.lambda, access.sqs, access.secrets]) client.destroy();
      await undeploy({ stage, emulator, database, schemaPrefix: warehouse.prefix, folder });
      await warehouse.dispose();
    },
  };
}
