import type { Connection } from "mysql2/promise";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { ledgerSchemaOf, schemasOf } from "../../shared/config/schemas-of.ts";
import { quoteName } from "../../shared/warehouse/tables/identifier.ts";
import { stateFolder } from "../../shared/config/checkout.ts";
import { commandFor, LOCAL_STAGE } from "../../shared/text/command-for.ts";
import { expectedBy } from "../stage/stage-access.ts";
import { attempt, messageOf } from "./attempt.ts";
import { checkBucket } from "./check-bucket.ts";
import { checkDatabase } from "./check-database.ts";
import { checkDisk } from "./check-disk.ts";
import { checkEventSources } from "./check-event-sources.ts";
import { checkFunctions } from "./check-functions.ts";
import { checkGrants } from "./check-grants.ts";
import { checkLedger } from "./check-ledger.ts";
import { checkLedgerExists } from "./check-ledger-exists.ts";
import { checkModelFolders } from "./check-model-folders.ts";
import { checkProtection } from "./check-protection.ts";
import { checkQueues } from "./check-queues.ts";
import { checkRules, checkSchedule } from "./check-rules.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import { checkSchemas } from "./check-schemas.ts";
import { checkSubscriptions } from "./check-subscriptions.ts";
import { checkTarget } from "./check-target.ts";
import { checkTools } from "./check-tools.ts";
import { failed, ok, type Check } from "./check.ts";
import type { CommandFor, DoctorPorts } from "./doctor-ports.ts";
import { readStack, type DeployedStack } from "./read-stack.ts";

/** Runs every check. A check that cannot run counts as failed. */
export async function runDoctor(ports: DoctorPorts): Promise<Check[]> {
  const command: CommandFor = (text) => commandFor(ports.stage, text);
  return [
    ...(await attempt("tools", () => checkTools(ports), "local/bin/setup")),
    ...(ports.stage === LOCAL_STAGE ? await attempt("disk", () => checkDisk(stateFolder), "df -h") : []),
    ...(await attempt(
      "model folders",
      () => checkModelFolders(ports.checkout),
      "Correct custom.layers in serverless.yml",
    )),
    ...(await checkDeployment(ports, command)),
    ...(await checkWarehouse(ports, command)),
  ];
}

async function checkDeployment(ports: DoctorPorts, command: CommandFor): Promise<Check[]> {
  const deploy = `deploy/deploy ${ports.stage}`;
  const rights = "Check the credentials and what they may read: aws sts get-caller-identity";
  let stack: DeployedStack;
  try {
    stack = await readStack(ports);
  } catch (error) {
    return [failed("stack", `the check could not run: ${messageOf(error)}`, `${rights}. Not deployed yet: ${deploy}`)];
  }
  const isComplete = /^(CREATE|UPDATE)_COMPLETE$/.test(stack.status);
  return [
    isComplete
      ? ok("stack", `baton-${ports.stage} ${stack.status} in ${stack.place}: ${stack.resources.length} resources`)
      : failed("stack", `baton-${ports.stage} is ${stack.status}`, `Look at the stack's events, then ${deploy}`),
    ...checkProtection(ports.stage, stack),
    ...(await attempt("queues", () => checkQueues(ports, stack, command), rights)),
    ...(await attempt("rules", () => checkRules(ports, stack), rights)),
    ...(await attempt("schedule", () => checkSchedule(ports, stack), rights)),
    ...(await attempt("functions", () => checkFunctions(ports, stack), rights)),
    ...(await attempt("event sources", () => checkEventSources(ports, stack), rights)),
    ...(await attempt("bucket", () => checkBucket(ports), rights)),
    ...(await attempt("alert subscriptions", () => checkSubscriptions(ports, stack), rights)),
  ];
}

async function checkWarehouse(ports: DoctorPorts, command: CommandFor): Promise<Check[]> {
  const { warehouse, stage } = ports;
  let connection: Connection;
  try {
    connection = await connect(warehouse);
  } catch (error) {
    const fix =
      stage === "local"
        ? "./baton local up"
        : "Check AURORA_ENDPOINT, the secret's username and password, and that this machine is in the warehouse's network.";
    return [
      failed("warehouse", `cannot log in at ${warehouse.host}:${warehouse.port} as ${warehouse.user}: ${messageOf(error)}`, fix),
    ]; // prettier-ignore
  }
  const layers = await readLayerTable(ports.checkout);
  const loaded = layers
    .filter(({ listensTo }) => listensTo === undefined)
    .map(({ name }) => schemasOf(warehouse.schemaPrefix, name).live);
  const fix = "Read the database's error above, and compare the privileges of this user with ./baton grants";
  try {
    return [
      ok("warehouse", `login at ${warehouse.host}:${warehouse.port} as ${warehouse.user}`),
      ...(await attempt("database", () => checkDatabase(connection, { now: () => new Date(), loaded }), fix)),
      ...(await attempt("grants", () => checkGrants(ports), fix)),
      ...(await attempt("target", () => checkTarget(connection, warehouse, expectedBy(ports), command), fix)),
      ...(await checkLedgerAndSchemas(connection, ports, command, fix)),
    ];
  } finally {
    await connection.end();
  }
}

/** Checks the ledger and the schemas that it records; before the first run neither exists. */
async function checkLedgerAndSchemas(
  connection: Connection,
  ports: DoctorPorts,
  command: CommandFor,
  fix: string,
): Promise<Check[]> {
  const { layers, warehouse } = ports;
  const ledger = ledgerSchemaOf(warehouse.schemaPrefix);
  const firstRun = command("run --dump FILE --watch");
  const found = await attempt("ledger", async () => {
    const live = layers.map((layer) => schemasOf(warehouse.schemaPrefix, layer).live);
    return checkLedgerExists(connection, { ledger, live, firstRun });
  }, fix); // prettier-ignore
  if (found.length > 0) return found;
  return [
    ...(await attempt(
      "ledger",
      async () => {
        await connection.query(`USE ${quoteName(ledger)}`);
        return checkLedger(connection, ports, command);
      },
      fix,
    )),
    ...(await attempt(
      "schemas",
      async () => checkSchemas(connection, await readLayerTable(ports.checkout), { ...warehouse, command }),
      fix,
    )),
  ];
}
