import type { Connection, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { inTransactionOn } from "../warehouse/connection/transaction.ts";
import { PermanentError, TransientError } from "../errors/errors.ts";
import { takeLayerLock, type LayerLock } from "./claims/layer-lock.ts";
import { migrate } from "./schema/migrate.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { judgeTarget } from "../warehouse/identity/judge-target.ts";
import { rdsEndpointOf } from "../warehouse/identity/rds-endpoint.ts";
import { fingerprintOf, type FoundTarget } from "../warehouse/identity/target.ts";

/** The identity row before or after an adoption. */
interface AdoptedState {
  fingerprint: string;
  serverIdentity: string;
  members: readonly string[];
  realm: string | null;
  deployment: string | null;
}

/** An adoption, done or planned (dry run). */
export interface Adoption {
  previous: AdoptedState;
  present: AdoptedState;
  /** Unfinished runs: their messages carry the previous fingerprint and will be refused. */
  unfinishedRuns: { runId: string; businessDate: string }[];
}

/** Options of an adoption. */
export interface AdoptOptions {
  /** The deployment that may write here from now on; undefined keeps the recorded one. */
  deployment: string | undefined;
  /** None of these layers may be running. */
  layers: readonly string[];
  adoptedBy: string;
  dryRun: boolean;
}

/** The connections that hold the locks are idle meanwhile. */
const LOCK_IDLE_SECONDS = 60;

/**
 * Makes the server that answers the warehouse from now on: a deliberate move.
 *
 * @throws TARGET_RETIRED after a move, TARGET_READER_ENDPOINT or TARGET_READ_ONLY when it cannot be written, LEDGER_MISSING when it has no ledger yet
 * @throws TransientError LAYER_BUSY while a layer runs
 */
export async function adoptTarget(config: WarehouseConfig, options: AdoptOptions): Promise<Adoption> {
  const connection = await connect(config);
  const locks: LayerLock[] = [];
  try {
    const found = await findTarget(connection, config);
    const [unwritable] = judgeTarget(found, {}).filter(({ code }) =>
      ["TARGET_RETIRED", "TARGET_READER_ENDPOINT", "TARGET_READ_ONLY"].includes(code),
    );
    if (unwritable !== undefined) throw unwritable;
    if (found.row === undefined) throw noLedger(found);
    for (const layer of options.layers) locks.push(await lockIdleLayer(config, layer));
    const adoption = await plan(connection, found, options);
    if (!options.dryRun) await record(connection, config, adoption, options.adoptedBy);
    return adoption;
  } finally {
    for (const lock of locks) await lock.release();
    await connection.end();
  }
}

function noLedger({ host, port, schema }: FoundTarget): PermanentError {
  return new PermanentError(
    "LEDGER_MISSING",
    `${host}:${port} has no ledger in schema ${schema}, so there is nothing to adopt`,
    {
      kind: "target",
      advice: "Check AURORA_ENDPOINT and BATON_SCHEMA_PREFIX. The first run creates a new warehouse: ./baton run",
    },
  );
}

/** @throws TransientError LAYER_BUSY */
export async function lockIdleLayer(config: WarehouseConfig, layer: string): Promise<LayerLock> {
  const lock = await takeLayerLock(config, layer, LOCK_IDLE_SECONDS);
  if (lock !== undefined) return lock;
  throw new TransientError("LAYER_BUSY", `${layer} is running on this server: the target cannot change during a run`, {
    kind: "target",
    advice: "Wait until it ends: ./baton status",
  });
}

async function plan(connection: Connection, found: FoundTarget, { deployment }: AdoptOptions): Promise<Adoption> {
  const { row, server, host, schema } = found;
  if (row === undefined) throw noLedger(found);
  const isExpected = judgeTarget(found, {}).length === 0;
  // a failover within the cluster is not a move: the fingerprint stays the same
  const serverIdentity = isExpected ? row.serverIdentity : server.name;
  const [runs] = await connection.query<(RowDataPacket & { run_id: string; business_date: string })[]>(
    "SELECT run_id, business_date FROM ??.run WHERE state IN ('running', 'failed') ORDER BY seq DESC LIMIT 20",
    [schema],
  );
  const previous = { ...row, fingerprint: fingerprintOf(row) };
  const present = { ...row, serverIdentity, members: server.members, deployment: deployment ?? row.deployment };
  return {
    previous: stateOf(previous),
    present: stateOf({
      ...present,
      realm: rdsEndpointOf(host)?.realm ?? (isExpected ? row.realm : null),
      fingerprint: fingerprintOf(present),
    }),
    unfinishedRuns: runs.map(({ run_id, business_date }) => ({ runId: run_id, businessDate: business_date })),
  };
}

function stateOf({ fingerprint, serverIdentity, members, realm, deployment }: AdoptedState): AdoptedState {
  return { fingerprint, serverIdentity, members, realm, deployment };
}

async function record(
  connection: Connection,
  config: WarehouseConfig,
  { previous, present }: Adoption,
  adoptedBy: string,
): Promise<void> {
  await migrate(connection, config.schemaPrefix);
  await connection.query("USE ??", [ledgerSchemaOf(config.schemaPrefix)]);
  await inTransactionOn(connection, async () => {
    await connection.query(
      `UPDATE target SET server_identity = ?, members = ?, realm = ?, deployment = ?, adopted_by = ?,
          adopted_at = UTC_TIMESTAMP(6) WHERE id = 1`,
      [present.serverIdentity, JSON.stringify(present.members), present.realm, present.deployment, adoptedBy],
    );
    await connection.query(
      `INSERT INTO target_adoption (adopted_at, adopted_by, previous, present) VALUES (UTC_TIMESTAMP(6), ?, ?, ?)`,
      [adoptedBy, JSON.stringify(previous), JSON.stringify(present)],
    );
  });
}
